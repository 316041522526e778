// Two goroutines without a lock: main starts one and races with it.
package main

import "fmt"

func main() {
	count := 0
	done := make(chan bool)
	go func() {
		count++
		done <- true
	}()
	count++
	<-done
	fmt.Println("counted")
}
