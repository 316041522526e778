// A nil pointer, met below a deferred call that panics again.
package main

type node struct{ next *node }

//go:noinline
func (n *node) last() *node {
	for n.next != nil {
		n = n.next
	}
	return n.next.next
}

func main() {
	defer func() {
		if value := recover(); value != nil {
			panic(value)
		}
	}()
	n := &node{}
	n.last()
}
