package tty

import (
	"os"
	"time"
)

// input is the side of a terminal that keys come from. Reading a console cannot be
// called off. So one goroutine reads, and what it reads is for whoever asks next; at
// the end of the process it is left behind.
type input struct {
	file *os.File
	came chan part
}

type part struct {
	data []byte
	err  error
}

// read returns what is there, or comes within this time, and nothing where nothing
// does.
func (i *input) read(within time.Duration) ([]byte, error) {
	if i.came == nil {
		i.came = make(chan part)
		go i.run()
	}
	select {
	case p := <-i.came:
		return p.data, p.err
	case <-time.After(within):
		return nil, nil
	}
}

func (i *input) run() {
	for {
		buffer := make([]byte, 1024)
		n, err := i.file.Read(buffer)
		i.came <- part{buffer[:n], err}
		if err != nil && n == 0 {
			return
		}
	}
}
