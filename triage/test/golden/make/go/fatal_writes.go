// A map written to by two goroutines until the runtime sees it.
package main

type cache struct{ entries map[int]int }

//go:noinline
func (c *cache) put(key int) { c.entries[key] = key }

func main() {
	c := &cache{entries: map[int]int{}}
	for i := 0; i < 2; i++ {
		go func(i int) {
			for {
				c.put(i)
			}
		}(i)
	}
	select {}
}
