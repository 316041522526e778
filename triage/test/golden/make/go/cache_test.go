// What go test says of a race, of a panic in a test, and of one that does not end.
package cache

import (
	"testing"
	"time"
)

type cache struct{ hits int }

//go:noinline
func (c *cache) hit() { c.hits++ }

func TestRace(t *testing.T) {
	t.Run("both", func(t *testing.T) {
		c := &cache{}
		done := make(chan bool)
		go func() {
			c.hit()
			done <- true
		}()
		c.hit()
		<-done
	})
}

func TestPanic(t *testing.T) {
	var c *cache
	c.hit()
}

//go:noinline
func receive(from chan bool) bool { return <-from }

func TestTimeout(t *testing.T) {
	go time.Sleep(time.Hour)
	receive(make(chan bool))
}
