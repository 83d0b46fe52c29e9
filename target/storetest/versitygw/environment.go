package versitygw

import (
	"os"
	"strings"
)

// ForgetCredentials makes this process, a test's, see no credentials of the machine
// that it runs on: neither those of the environment, nor of files, nor of an instance.
func ForgetCredentials() {
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "AWS_") {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	_ = os.Setenv("AWS_CONFIG_FILE", os.DevNull)
	_ = os.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
}

// Actions that a bucket's policy lets the loader do.
var (
	// Loader are the three privileges that the loader is documented to need.
	Loader = []string{"s3:PutObject", "s3:GetObject", "s3:ListBucket"}

	// OnAmazon is what the same policy amounts to on Amazon S3, which lets the
	// initiator of an upload abort it without being told to.
	OnAmazon = append([]string{"s3:AbortMultipartUpload"}, Loader...)
)
