package main

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// watcher counts what happens to the files of a folder, and kills a process at one
// of the events: a file that comes, is written, closed, linked, renamed or removed.
type watcher struct {
	queue *os.File
	ended sync.WaitGroup

	mu   sync.Mutex
	at   int
	kill func()
	seen int
	hit  string
}

const events = unix.IN_CREATE | unix.IN_MODIFY | unix.IN_CLOSE_WRITE | unix.IN_MOVED_TO | unix.IN_DELETE | unix.IN_ATTRIB

var eventNames = []struct {
	mask uint32
	name string
}{
	{unix.IN_CREATE, "file created or linked"},
	{unix.IN_MODIFY, "file written"},
	{unix.IN_CLOSE_WRITE, "file closed"},
	{unix.IN_MOVED_TO, "file renamed"},
	{unix.IN_DELETE, "name removed"},
	{unix.IN_ATTRIB, "file linked or unlinked"},
}

// watch watches the folders that there are below a folder.
func watch(root string) (*watcher, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, err
	}
	w := &watcher{queue: os.NewFile(uintptr(fd), "inotify")}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_, err = unix.InotifyAddWatch(fd, path, events)
		}
		return err
	})
	if err != nil {
		_ = w.queue.Close()
		return nil, err
	}
	w.ended.Go(w.read)
	return w, nil
}

func (w *watcher) close() {
	_ = w.queue.Close()
	w.ended.Wait()
}

// point aims at an event of the next process; 0 is none.
func (w *watcher) point(at int, kill func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.kill, w.seen, w.hit = at, kill, 0, ""
}

// result says how many events there were, and at which one it killed.
func (w *watcher) result() (int, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen, w.hit
}

func (w *watcher) read() {
	b := make([]byte, 64<<10)
	for {
		n, err := w.queue.Read(b)
		if err != nil {
			return
		}
		for e := b[:n]; len(e) >= unix.SizeofInotifyEvent; {
			w.count(binary.NativeEndian.Uint32(e[4:]))
			e = e[unix.SizeofInotifyEvent+int(binary.NativeEndian.Uint32(e[12:])):]
		}
	}
}

func (w *watcher) count(mask uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen++
	if w.at == 0 || w.seen != w.at {
		return
	}
	w.kill()
	for _, e := range eventNames {
		if mask&e.mask != 0 {
			w.hit = e.name
			return
		}
	}
}
