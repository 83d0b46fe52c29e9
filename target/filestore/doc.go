// Package filestore is the store.Store on a local directory, for the setting
// aws_endpoint_url: file:///dir. The object of a key is the file
// dir/<bucket>/<key>.
//
// An upload is staged in a hidden file beside the final one, .<name>.<token>.part,
// and gets its final name by a hard link: that cannot replace a file, and the
// file is there whole or not at all. An object that was committed has been
// synced to the disk, and so have the folders that lead to it.
package filestore
