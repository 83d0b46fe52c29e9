// Command s3server runs the S3 server of the tests, versitygw, on a folder until it is
// interrupted. On standard output it says, as lines that a shell can source, where it
// serves and with which credentials:
//
//	go run ./tools/s3server DIR
//
// Each folder in DIR is a bucket. With -build it only builds the server, which takes
// minutes the first time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"target-s3/target/storetest/versitygw/gateway"
)

func main() {
	build := flag.Bool("build", false, "only build the server")
	flag.Parse()
	if err := run(*build, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "s3server:", err)
		os.Exit(1)
	}
}

func run(build bool, args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if build {
		_, err := gateway.Build()
		return err
	}
	if len(args) != 1 {
		return errors.New("usage: s3server DIR")
	}
	data, err := filepath.Abs(args[0])
	if err != nil {
		return err
	}
	address, release, err := gateway.FreePort()
	if err != nil {
		return err
	}
	defer release()
	s := &gateway.Server{
		Address: address, Region: "us-east-1", AccessKey: "access-key-000000000", SecretKey: "secret-key-of-tests", Data: data,
		Flags: []string{"--quiet"}, Log: os.Stderr,
	}
	if err := s.Start(); err != nil {
		return err
	}
	fmt.Printf("AWS_ENDPOINT_URL=%s\nAWS_REGION=%s\nAWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n", s.Endpoint(), s.Region, s.AccessKey, s.SecretKey)
	<-ctx.Done()
	return s.End(syscall.SIGTERM)
}
