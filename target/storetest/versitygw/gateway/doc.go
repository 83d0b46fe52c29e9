// Package gateway builds versitygw and runs it: for the tests by way of package
// versitygw, for tools/chaos, and for whoever starts tools/s3server.
package gateway
