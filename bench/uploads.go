package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"target-s3/target/storetest/versitygw/gateway"
)

const (
	bucket = "bench"
	region = "us-east-1"
)

// server is the S3 server of the uploads, as the tests use it.
type server struct {
	gateway.Server
	release func()
}

// startServer builds the server if need be and starts it in a folder of its own.
func (b *bench) startServer() error {
	address, release, err := gateway.FreePort()
	if err != nil {
		return err
	}
	// On a disk: file systems in memory have no user attributes, which it needs.
	dir, err := os.MkdirTemp(b.dir, "target-s3-bench-s3-")
	if err != nil {
		release()
		return err
	}
	s := &server{release: release, Server: gateway.Server{
		Address: address, Region: region, AccessKey: "bench-access-key-000", SecretKey: "bench-secret-key", Data: filepath.Join(dir, "data"),
	}}
	err = os.MkdirAll(filepath.Join(s.Data, bucket), 0o777)
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		release()
		return errors.Join(err, os.RemoveAll(dir))
	}
	b.server = s
	return nil
}

// stopServer ends the server, if there is one, and removes what it keeps.
func (b *bench) stopServer() error {
	if b.server == nil {
		return nil
	}
	err := b.server.End(syscall.SIGTERM)
	b.server.release()
	return errors.Join(err, os.RemoveAll(filepath.Dir(b.server.Data)))
}

// uploader sends what the program makes of the data to the server: the program does
// as it makes it, s5cmd from a file.
func (b *bench) uploader(c *command, d *dataset, name string) error {
	folder := filepath.Join(b.server.Data, bucket, "out")
	c.procs = 2
	c.env = []string{
		"AWS_ACCESS_KEY_ID=" + b.server.AccessKey, "AWS_SECRET_ACCESS_KEY=" + b.server.SecretKey, "AWS_REGION=" + region,
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true", "NO_PROXY=127.0.0.1",
	}
	c.after = func(s *sample) error {
		files, size, err := written(folder)
		s.Report = report{Records: d.records, BytesIn: d.size, BytesOut: size}
		if err == nil && len(files) == 0 {
			err = errors.New("nothing arrived")
		}
		return errors.Join(err, os.RemoveAll(folder))
	}
	if name == peerS5cmd {
		if len(d.produced) != 1 {
			return fmt.Errorf("%s: there are %d files, must be one", c.name, len(d.produced))
		}
		c.inputs = []string{os.DevNull}
		c.argv = []string{b.s5cmd, "--endpoint-url", b.server.Endpoint(), "cp", d.produced[0], "s3://" + bucket + "/out/object"}
		return nil
	}
	document := settings{"s3_bucket": bucket, "s3_key_prefix": "out/", "aws_region": region, "aws_endpoint_url": b.server.Endpoint(), "log_level": "warn"}
	config := filepath.Join(b.work, "config.json")
	c.argv = []string{b.program, "--config", config}
	return os.WriteFile(config, []byte(document.json()), 0o666)
}
