package roots

import (
	"slices"
	"testing"
)

func TestWindowsPaths(t *testing.T) {
	for address, want := range map[string]string{
		"file:///C:/in/a": "C:/in/a", "file://C:/in/a": "C:/in/a", `file://C:\in\a`: "C:/in/a", "FILE:///c:/in//a": "c:/in/a",
		"file:///C:/a%20b": "C:/a b", "file:///C:%5Cin%5Ca": "C:/in/a", "file://localhost/C:/in": "C:/in", "file:////server/share/a": "//server/share/a",
	} {
		paths, err := pathsOf(address, true)
		if err != nil || paths[0] != want {
			t.Errorf("%s: %q, %v; want %q", address, paths, err, want)
		}
	}
	for _, address := range []string{"file:///C:/in/../a", `file://C:\in\..\a`, "file:///C:/in/..%5Ca", "file://server/share", "C:/in/a"} {
		if paths, err := pathsOf(address, true); err == nil {
			t.Errorf("%s: %q", address, paths)
		}
	}
	for address, want := range map[string]string{
		`file://C:\in`: "file:///C:/in", "file:///C:/in": "file:///C:/in", "file:in": "file:in", "https://c:80/": "https://c:80/",
	} {
		if got := withSlashes(address, true); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	// A drive elsewhere is a folder like any other.
	if paths, err := pathsOf("file:///C:/in", false); err != nil || paths[0] != "/C:/in" {
		t.Errorf("%q, %v", paths, err)
	}
	if got := below("C:/In", []string{"c:/in/a/B", "C:/inn/a", "C:/In"}, true); !slices.Equal(got, []string{"a/B"}) {
		t.Errorf("below: %q", got)
	}
	if got := below("/In", []string{"/in/a", "/In/a"}, false); !slices.Equal(got, []string{"a"}) {
		t.Errorf("below: %q", got)
	}
	if got := (Root{Path: "C:/in"}).String(); got != "file:///C:/in" {
		t.Error(got)
	}
}
