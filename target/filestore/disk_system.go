//go:build !chaos

package filestore

import "target-s3/target/filestore/disk"

func openDisk(dir string) (disk.Disk, error) { return disk.Open(dir) }
