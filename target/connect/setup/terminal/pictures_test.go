package terminal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"target-s3/target/connect/setup/terminal"
	"target-s3/target/connect/setup/terminal/ptytest"
)

// maxPicture is the most bytes that a picture may have.
const maxPicture = 30_000

// picture compares the screen, from its last line with from on, with the picture
// of that name. UPDATE_PICTURES=1 draws it anew.
func (r *run) picture(name, title, from string) {
	r.t.Helper()
	r.AwaitStill()
	file := filepath.Join(r.pictures, "setup-"+name+".svg")
	if os.Getenv("UPDATE_PICTURES") != "" {
		if err := os.WriteFile(file, r.SVG(title, from), 0o644); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(want) > maxPicture {
		r.t.Errorf("%s has %d bytes, more than %d", file, len(want), maxPicture)
	}
	for deadline := time.Now().Add(10 * time.Second); !bytes.Equal(r.SVG(title, from), want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("%s shows something else; if the screen is right, draw it anew: UPDATE_PICTURES=1 go test ./target/connect/setup/terminal -run Pictures", file)
		}
	}
}

// TestSetupPictures walks through all pages, and through what can go wrong.
func TestSetupPictures(t *testing.T) {
	s := &service{mayCreate: true}
	f := form(t, map[string]string{"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "not-a-real-one"})
	f.SuggestExactlyOnce()
	r := start(t, 130, terminal.Options{
		Form:    f,
		Actions: s.actions(), SaveAs: "config.json",
	})
	r.picturesOfQuestions()

	r.page("step 5 of 6", "arn:aws:iam::123456789012:role/loader")
	r.Await("role/loader")
	r.Type(ptytest.Enter)
	r.Await("I have created the challenge file", "ctrl+c")
	r.picture("5-grant", "Bucket policy and challenge file", "Policy for the bucket")
	r.Type(ptytest.Down, ptytest.Enter)
	r.Await("Go back", "ctrl+c")
	s.bucket.Store(true)
	r.Type(ptytest.Escape)
	r.page("I have created the challenge file", ptytest.Enter) // which is not true
	r.Await("Quit without saving", "ctrl+c")
	r.picture("6-check-failed", "A check that failed, and how to go on", "Trying what a load does")
	r.Type(ptytest.Enter)
	r.Await("Leave the credentials out", "ctrl+c")
	r.Type(ptytest.Enter)
	if saved, err := r.end(); saved != "config.json" || err != nil {
		t.Fatalf("%s, %v", saved, err)
	}
}

// picturesOfQuestions are those of the steps that ask.
func (r *run) picturesOfQuestions() {
	r.t.Helper()
	r.Await("step 1 of 6", "ctrl+c")
	r.Type("Data lake", ptytest.Enter, "Raw data of the shop; ask data@example.com")
	r.Await("data@example.com")
	r.Type(ptytest.Enter)

	r.page("step 2 of 6", "My_Bucket")
	r.Await("✗")
	r.picture("2-bucket-refused", "The name of a bucket is checked while it is typed", "step 2 of 6")
	r.Type(ptytest.Clear, "my-bucket", ptytest.Enter, "eu-central-1")
	r.Await("> Region", "eu-central-1", "my-bucket")
	r.Type(ptytest.Enter)

	r.page("step 3 of 6", ptytest.Down)
	r.Await("Quote all elements")
	r.Type(ptytest.Up)
	r.AwaitGone("Quote all elements")
	r.Type(ptytest.Enter)

	r.Await("step 4 of 6", "Sample: shop/orders/1_1519235654474.jsonl")
	r.Type(ptytest.Enter)
	r.Await("> Object key")
	r.picture("4-key", "The object key, its elements and a sample", "step 4 of 6")
	r.Type(ptytest.Clear, "raw data/[integration_name]/[table_name]_[timestamp_loaded]")
	r.Await("required and missing: [table_version]", "Sample: –")
	r.Type(ptytest.Clear, "raw/[integration_name]/[table_name]/[year_loaded]/[table_version]_[timestamp_loaded]")
	r.Await("Sample: raw/shop/orders/2018/1_1519235654474.jsonl")
	r.Type(ptytest.Enter)
	r.Await("> Exactly once")
	r.Type(ptytest.Enter)
}
