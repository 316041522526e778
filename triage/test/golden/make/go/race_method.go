// Methods, a map, and type arguments: three races, each of another kind of name.
package main

import "sync"

type cache struct {
	entries map[int]int
	hits    int
}

//go:noinline
func (c *cache) get(key int) int {
	c.hits++
	return c.entries[key]
}

//go:noinline
func (c *cache) put(key, value int) {
	c.entries[key] = value
}

type box[T any] struct{ value T }

//go:noinline
func store[T any](b *box[T], value T) {
	b.value = value
}

func both(first, second func()) {
	var wait sync.WaitGroup
	wait.Add(2)
	for _, f := range []func(){first, second} {
		go func(f func()) {
			defer wait.Done()
			f()
		}(f)
	}
	wait.Wait()
}

func main() {
	c := &cache{entries: map[int]int{}}
	both(func() { c.get(1) }, func() { c.get(2) })
	both(func() { c.put(1, 1) }, func() { c.get(1) })
	b := &box[string]{}
	both(func() { store(b, "a") }, func() { store(b, "b") })
}
