// A slice read past its end, in a goroutine.
package main

//go:noinline
func at(values []int, index int) int { return values[index] }

func main() {
	go at(make([]int, 3), 7)
	select {}
}
