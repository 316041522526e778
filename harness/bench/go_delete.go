// One trial of the delete experiment on Go's own map, for go_delete.sh: four goroutines on two processors delete 100,000
// keys of a map with 100,000 string keys, sleeping for 1 ms after every 1,000.  Arguments: seed, distribution, file.  What
// each goroutine has done stands in the file, a count in every eighth word of 64 bits; the first word is 1 if it came to its end.
package main

import (
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

const keys, goroutines, each = 100000, 4, 25000

func draw(random *rand.Rand, zipf *rand.Zipf, distribution string) int {
	switch {
	case distribution == "zipf": // Go's own sampler wants an exponent above 1
		return int(zipf.Uint64())
	case distribution == "hot" && random.Float64() < 0.8:
		return random.Intn(10)
	case distribution == "hot":
		return 10 + random.Intn(keys-10)
	}
	return random.Intn(keys)
}

func main() {
	runtime.GOMAXPROCS(2)
	seed, _ := strconv.ParseInt(os.Args[1], 10, 64)
	file, err := os.OpenFile(os.Args[3], os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil || file.Truncate(4096) != nil {
		panic("cannot make the file")
	}
	bytes, err := syscall.Mmap(int(file.Fd()), 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	words := (*[512]int64)(unsafe.Pointer(&bytes[0]))
	names, table := make([]string, keys), map[string]int{}
	for i := range names {
		names[i] = fmt.Sprintf("key-%d", i)
		table[names[i]] = i
	}
	var draws [goroutines][each]int
	for g := range draws {
		random := rand.New(rand.NewSource(seed*goroutines + int64(g)))
		zipf := rand.NewZipf(random, 1.0001, 1, keys-1)
		for i := range draws[g] {
			draws[g][i] = draw(random, zipf, os.Args[2])
		}
	}
	done := make(chan bool)
	for g := 0; g < goroutines; g++ {
		go func(g int) {
			for i, key := range draws[g] {
				delete(table, names[key])
				words[8*g+8] = int64(i + 1) // a cache line each
				if (i+1)%1000 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
			done <- true
		}(g)
	}
	for g := 0; g < goroutines; g++ {
		<-done
	}
	words[0] = 1
}
