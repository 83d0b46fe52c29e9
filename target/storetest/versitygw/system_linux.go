package versitygw

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

// checkAttributes reports whether files in dir can have user attributes.
func checkAttributes(dir string) error {
	return syscall.Setxattr(dir, "user.target-s3", []byte("x"), 0)
}

// awaitStop waits until none of the process's threads runs any more, which is a
// little after SIGSTOP was sent.
func awaitStop(t testing.TB, pid int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(stat, []byte(") T ")) { // behind the name
			return
		}
	}
	t.Fatal("versitygw: it does not stop")
}
