package filestore

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

func TestWindowsNames(t *testing.T) {
	for _, key := range []string{
		"raw/orders/1_2.jsonl", ".hidden/...a", "console/1", "com10/1", "a b/c", "nul_/1", "comma/lpt", strings.Repeat("s", 255), "ü/日",
	} {
		if err := checkWindowsNames(key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	for key, want := range map[string]string{
		"a:b/1": `":"`, `a\b/1`: `"\\"`, "raw/what?": `"?"`, "a/1\n": "control characters", "a./1": "a dot or a space", "a /1": "a dot or a space",
		"con/1": "a device", "raw/NUL.jsonl": "a device", "Com1 .x/1": "a device", "lpt²/1": "a device", "CONIN$": "a device",
	} {
		if err := checkWindowsNames(key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", key, err, want)
		}
	}
	if err := checkWindowsNames("a/" + strings.Repeat("s", 256)); !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Error(err)
	}
}
