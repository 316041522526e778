// A map walked while it is written to.
package main

var entries = map[int]int{1: 1, 2: 2, 3: 3}

//go:noinline
func put(key int) { entries[key] = key }

//go:noinline
func sum() (total int) {
	for _, value := range entries {
		total += value
	}
	return
}

func main() {
	go func() {
		for {
			put(1)
		}
	}()
	for {
		sum()
	}
}
