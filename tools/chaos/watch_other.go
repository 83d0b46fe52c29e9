//go:build !linux

package main

import "errors"

// watcher needs inotify.
type watcher struct{}

func watch(string) (*watcher, error) {
	return nil, errors.New("folders are watched on Linux only: use -store s3")
}
func (*watcher) close()                {}
func (*watcher) point(int, func())     {}
func (*watcher) result() (int, string) { return 0, "" }
