// Package target is the engine of target-s3.
package target
