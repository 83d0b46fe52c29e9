package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"target-s3/target"
	"target-s3/target/report"
)

// TestDocument holds that the document is JSON whatever the names are, and says what
// the events said.
func TestDocument(t *testing.T) {
	waiting, err := os.Create(filepath.Join(t.TempDir(), "objects"))
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	d := report.NewDocument(waiting)
	for _, e := range events() {
		d.Tell(e)
		if _, last := e.(target.Ended); last {
			break
		}
	}
	var b bytes.Buffer
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	err = d.Write(&b, report.Run{Version: "1", Status: "interrupted", ExitCode: 143, Err: errors.New(hostile), Started: at, Ended: at, Settings: json.RawMessage(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Error   string          `json:"error"`
		Records int64           `json:"records"`
		Count   int64           `json:"object_count"`
		Rows    int64           `json:"rows"`
		States  int64           `json:"states"`
		State   json.RawMessage `json:"last_state"`
		Streams []struct {
			Stream  string `json:"stream"`
			Reasons []struct {
				Records int64 `json:"records"`
			} `json:"rejected_reasons"`
		} `json:"streams"`
		Objects []struct {
			Table string `json:"table"`
		} `json:"objects"`
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v\n%s", err, &b)
	}
	if got.Records != 3 || got.Count != 2 || got.Rows != 8 || got.States != 2 || string(got.State) != `{"at":2}` || len(got.Streams) != 2 || len(got.Objects) != 2 || got.Objects[1].Table != "_sdc_rejected" {
		t.Errorf("%+v", got)
	}
	if bytes.ContainsRune(b.Bytes(), 0x1b) || got.Error == hostile {
		t.Errorf("what is hostile is in it as it came:\n%s", &b)
	}
}

// TestDocumentCannotWait makes the report fail where its objects could not be kept.
func TestDocumentCannotWait(t *testing.T) {
	waiting, err := os.Create(filepath.Join(t.TempDir(), "objects"))
	if err != nil {
		t.Fatal(err)
	}
	if err := waiting.Close(); err != nil {
		t.Fatal(err)
	}
	d := report.NewDocument(waiting)
	for _, e := range events() {
		d.Tell(e)
	}
	if err := d.Write(&bytes.Buffer{}, report.Run{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v", err)
	}
}
