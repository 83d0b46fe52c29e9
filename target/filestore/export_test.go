package filestore

import "target-s3/target/filestore/disk"

// NewOn is New on a disk that another one is put before.
func NewOn(dir, bucket string, before func(disk.Disk) disk.Disk) (*Store, error) {
	return open(dir, bucket, func(dir string) (disk.Disk, error) {
		d, err := disk.Open(dir)
		if err != nil {
			return nil, err
		}
		return before(d), nil
	})
}
