// A map read while it is written to.
package main

var entries = map[string]int{}

//go:noinline
func put(key string) { entries[key]++ }

//go:noinline
func get(key string) int { return entries[key] }

func main() {
	go func() {
		for {
			put("a")
		}
	}()
	for {
		get("a")
	}
}
