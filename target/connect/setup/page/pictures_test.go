package page

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/check"
)

const pictureChallenge = "target-s3-challenge-file-3f0c9a52-7f6e-4c0b-9a4e-2d1b8c5e6f70"

// camera judges pages and takes pictures of them.
type camera struct {
	*tab
	dir string // empty: no pictures
}

// guises are the widths and colours in which pages are judged; those with a name
// are of the pictures.
var guises = []struct {
	name   string
	width  int64
	scheme string
}{
	{"desktop", 1024, "light"},
	{"", 1024, "dark"},
	{"phone", 390, "light"},
	{"", 390, "dark"},
	{"", 360, "light"}, // the narrowest that must do
}

// pictured are the pages that have pictures in the documentation.
var pictured = []string{"key", "access"}

// shoot judges the page of the browser in every guise and takes its pictures.
func (c *camera) shoot(name string) {
	c.t.Helper()
	c.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`)) // no caret that blinks
	for _, g := range guises {
		c.look(g.width, g.scheme)
		c.judge(name, g.width, g.scheme)
		if c.dir == "" || g.name == "" || !slices.Contains(pictured, name) {
			continue
		}
		picture, err := chromedp.Run(c.Context, chromedp.FullScreenshot(100))
		if err != nil {
			c.t.Fatal(err)
		}
		file := filepath.Join(c.dir, "page-"+name+"-"+g.name+".png")
		if err := os.WriteFile(file, compact(c.t, picture), 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
}

// compact is the same picture in fewer bytes: with the 256 colours that it has
// most of, which for a page is all but a few shades at the edges of letters.
func compact(t *testing.T, picture []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	count := make(map[color.Color]int)
	area := img.Bounds()
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[img.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	few := image.NewPaletted(area, colours[:min(len(colours), 256)])
	draw.Draw(few, area, img, area.Min, draw.Src)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, few); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// judgement finds what nobody should have to see or do without: text of too
// little contrast, contents that need scrolling to the side, fields without a
// label, ids that occur twice, and no heading or more than one.
const judgement = `(() => {
  const found = [];
  const channels = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).slice(0, 3).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor, c = channels(colour);
      if (c.length < 4 || c[3] === 1) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  let texts = 0;
  for (const e of document.body.querySelectorAll('*')) {
    const own = e.value || [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const style = getComputedStyle(e);
    if (!own || !e.checkVisibility() || style.fontSize === '0px' || e.closest('.hidden, script')) continue;
    texts++;
    const [a, b] = [luminance(style.color), luminance(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push('contrast of ' + e.outerHTML.slice(0, 80) + ': ' + style.color + ' on ' + ground(e));
  }
  if (texts < 5) found.push('only ' + texts + ' texts were looked at');
  if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the window: ' + document.documentElement.scrollWidth);
  for (const e of document.querySelectorAll('input:not([type=hidden]), textarea')) {
    if (!e.labels.length) found.push('no label: ' + e.outerHTML);
    for (const id of (e.getAttribute('aria-describedby') || '').split(' ')) if (id && !document.getElementById(id)) found.push('no ' + id);
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((i) => i === id).length > 1) found.push('twice: ' + id);
  if (document.querySelectorAll('h1').length !== 1) found.push('not one heading');
  if (document.querySelectorAll('.steps').length && document.querySelectorAll('[aria-current=step]').length !== 1) found.push('no current step');
  return found;
})()`

func (c *camera) judge(name string, width int64, scheme string) {
	c.t.Helper()
	c.until(`document.getAnimations().length === 0`) // colours are fading in
	for _, flaw := range value[[]string](c.tab, judgement) {
		c.t.Errorf("%s, %d pixels, %s: %s", name, width, scheme, flaw)
	}
}

// TestPictures walks through every page there is and judges how it looks. With
// UPDATE_PICTURES=1 it takes the pictures of the documentation.
func TestPictures(t *testing.T) {
	if testing.Short() {
		t.Skip("for -short the other tests in a browser are enough")
	}
	c := &camera{tab: newTab(t)}
	if os.Getenv("UPDATE_PICTURES") != "" {
		dir, err := filepath.Abs("../../../../docs/pictures")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		c.dir = dir
	}
	t.Chdir(t.TempDir())
	next := make(chan bool) // one for each result
	f := serve(t, map[string]string{
		"sentinel_key": pictureChallenge, "integration_name": "shop", "aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "not-a-real-one",
	}, func(o *Options) {
		o.SaveAs = "config.json"
		made := false
		o.Check = func(ctx context.Context, _ config.Config, each func(check.Result)) bool {
			for _, r := range pictureResults(made) {
				each(r)
				select {
				case <-next:
				case <-ctx.Done():
					return false
				}
			}
			made = !made
			return !made
		}
		o.Form.SuggestExactlyOnce()
		o.CreateBucket = func(context.Context, config.Config) (connect.Done, error) {
			return connect.Done{Made: true, Text: "The bucket was created."}, nil
		}
		o.CreateChallengeFile = func(context.Context, config.Config) (connect.Done, error) {
			return connect.Done{}, errors.New("not now")
		}
	})
	if err := os.WriteFile("config.json", []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.do(chromedp.Navigate(f.url))
	c.ask()
	c.finish(next)
	f.end(t)
	if f.saved != "config.json" {
		t.Errorf("saved as %q, %v", f.saved, f.err)
	}
}

// ask takes pictures of the steps that ask.
func (c *camera) ask() {
	c.t.Helper()
	c.at("/destination")
	c.enter("display_name", "Warehouse, raw")
	c.enter("description", "Everything from the shop; ask data@example.com")
	c.shoot("destination")
	c.click(".primary")
	c.at("/bucket")
	c.enter("s3_bucket", "s3://acme-raw/shop")
	c.enter("aws_region", "eu-central-1")
	c.until(`document.querySelector("#s3_bucket-problem").textContent !== ""`)
	c.shoot("bucket-problem")
	c.enter("s3_bucket", "acme-raw")
	c.until(`document.querySelector("#s3_bucket-problem").textContent === ""`)
	c.shoot("bucket")
	c.click(".primary")
	c.at("/files")
	c.click(`[name="output_file_format"][value="csv"]`)
	c.shoot("files")
	c.click(".primary")
	c.at("/key")
	c.shoot("key")
	c.enter("s3_key_format_string", "raw data/[table_name]/[timestamp_loaded].[csv|jsonl]")
	c.until(`document.querySelector("#s3_key_format_string-problem").textContent !== ""`)
	c.shoot("key-problem")
	c.enter("s3_key_format_string", "raw/[integration_name]/[table_name]/[year_loaded]/[table_version]_[timestamp_loaded].[csv|jsonl]")
	c.until(`document.querySelector("#sample").textContent.includes("/2018/")`)
	c.click(".primary")
	c.at("/access")
	c.enter("principal", "arn:aws:iam::123456789012:role/loader")
	c.until(`document.querySelector("#policy").textContent.includes("role/loader")`)
	c.shoot("access")
	c.click(".primary")
}

// finish takes pictures of checking and saving.
func (c *camera) finish(next chan<- bool) {
	c.t.Helper()
	c.at("/check")
	c.shoot("check")
	c.click(".primary")
	c.until(`document.querySelector("[data-progress]") !== null`)
	for range 3 {
		next <- true
	}
	c.until(`document.querySelectorAll("#results > li").length === 4`)
	c.shoot("checking")
	close(next)
	c.until(`document.querySelector("#outcome") !== null && document.readyState === "complete"`)
	c.shoot("check-failed")
	c.click(".primary")
	c.until(`document.querySelector(".danger") !== null && document.readyState === "complete"`)
	c.shoot("replace")
	c.click(".danger")
	c.at("/done")
	c.shoot("done")
}

// pictureResults are those of a check before and after the challenge file is made.
func pictureResults(made bool) []check.Result {
	challenge := check.Result{Name: "challenge_file", Title: "Challenge file", Outcome: check.OK, Detail: "it is there"}
	if !made {
		challenge.Outcome, challenge.Code, challenge.Detail = check.Failed, "404", "An error occurred (404) when calling the HeadObject operation: Not Found"
		challenge.Fix = "aws s3api put-object --bucket acme-raw --key " + pictureChallenge + " --region eu-central-1"
		challenge.Why = "nothing is loaded without it, so that a load cannot end up in somebody else’s bucket"
	}
	return []check.Result{
		{Name: "credentials", Title: "Credentials", Outcome: check.OK, Detail: "arn:aws:sts::123456789012:assumed-role/loader/target-s3"},
		{Name: "bucket", Title: "Bucket", Outcome: check.OK, Detail: "acme-raw exists, in eu-central-1"},
		{Name: "put", Title: "s3:PutObject", Outcome: check.OK, Detail: "an object was written"},
		{Name: "conditional_create", Title: "Conditional writes", Outcome: check.OK, Detail: "a second object of the same key was refused"},
		{Name: "encryption", Title: "Encryption", Outcome: check.Skipped, Detail: "server_side_encryption is not set: the bucket’s own applies"},
		challenge,
	}
}

// TestPicturesOfTheDocs are all shown there, and small.
func TestPicturesOfTheDocs(t *testing.T) {
	const docs = "../../../../docs/"
	text, err := os.ReadFile(docs + "setup-web.md")
	if err != nil {
		t.Fatal(err)
	}
	pictures, err := filepath.Glob(docs + "pictures/page-*.png")
	if err != nil || len(pictures) != 2*len(pictured) {
		t.Fatalf("%d pictures, %v; take them with UPDATE_PICTURES=1 go test ./target/connect/setup/page -run Pictures", len(pictures), err)
	}
	if shown := strings.Count(string(text), ".png"); shown != len(pictures) {
		t.Errorf("%d pictures are shown, %d are there", shown, len(pictures))
	}
	var sum int64
	for _, name := range pictures {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "pictures/"+info.Name()) {
			t.Errorf("%s is not shown", info.Name())
		}
		if sum += info.Size(); info.Size() > 120<<10 {
			t.Errorf("%s has %d bytes", info.Name(), info.Size())
		}
	}
	if sum > 300<<10 {
		t.Errorf("the pictures have %d bytes", sum)
	}
}
