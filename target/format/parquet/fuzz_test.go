package parquet

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"target-s3/singer/jsonscan"
	"target-s3/target/format"
	"target-s3/target/schema"
)

// FuzzNumber holds exact numbers against big.Rat.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"0", "-1", "1.10", "1e2", "-0.0001e4", "9223372036854775808", "-9223372036854775808", "1e-2", "99999999999999999999999999999999999999", "0.000", "1E+1"} {
		f.Add(seed, byte(5), byte(2))
		f.Add(seed, byte(38), byte(0))
		f.Add(seed, byte(0), byte(0))
	}
	f.Fuzz(func(t *testing.T, text string, precision, scale byte) {
		var scan jsonscan.Scanner
		if end, err := scan.Value([]byte(text), 0); err != nil || end != len(text) || scan.Unusual != 0 || text[0] > '9' || (text[0] != '-' && text[0] < '0') {
			return
		}
		c := column{kind: kindInteger}
		limit := new(big.Int).Lsh(big.NewInt(1), 63)
		if precision > 0 { // 0 is INT64
			c.precision = int(precision%38) + 1
			c.scale = int(scale) % (c.precision + 1)
			c.kind, c.width = decimalKind(c.precision)
			limit = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.precision)), nil)
		}
		var w rowWriter
		got, err := w.numeric(nil, []byte(text), &c)
		r, _ := new(big.Rat).SetString(text)
		r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.scale)), nil)))
		fits := r.IsInt() && new(big.Int).Abs(r.Num()).Cmp(limit) < 0 || (precision == 0 && r.IsInt() && r.Sign() < 0 && r.Num().CmpAbs(limit) == 0)
		if fits != (err == nil) {
			t.Fatalf("%s as %s: %v, it fits: %v", text, c.what(), err, fits)
		}
		if err == nil && stored(got, &c).Cmp(r.Num()) != 0 {
			t.Fatalf("%s as %s: % x is %v", text, c.what(), got, stored(got, &c))
		}
	})
}

// FuzzDouble holds doubles against package strconv.
func FuzzDouble(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "0.1", "-1.25", "9007199254740991", "900719925474099.1", "123456789012345678", "1.00000000000000001", "1e22", "0.30000000000000004"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var scan jsonscan.Scanner
		if end, err := scan.Value([]byte(text), 0); err != nil || end != len(text) || text[0] > '9' || (text[0] != '-' && text[0] < '0') {
			return
		}
		var w rowWriter
		got, err := w.numeric(nil, []byte(text), &column{kind: kindDouble})
		want, _ := strconv.ParseFloat(text, 64)
		if err == nil && binary.LittleEndian.Uint64(got[1:]) != math.Float64bits(want) {
			t.Fatalf("%s: % x, want %v", text, got, want)
		}
		if exact := math.Abs(want) < 1<<53 && (want != 0 || !hasDigits([]byte(text))); exact && err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	})
}

// stored reads what numeric appended.
func stored(b []byte, c *column) *big.Int {
	switch c.kind {
	case kindDecimal:
		n := new(big.Int).SetBytes(b[1:])
		if b[1] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*c.width)))
		}
		return n
	case kindDecimal32:
		return big.NewInt(int64(int32(binary.LittleEndian.Uint32(b[1:]))))
	}
	return big.NewInt(int64(binary.LittleEndian.Uint64(b[1:])))
}

// FuzzRow has any record either refused or made into a row group.
func FuzzRow(f *testing.F) {
	const text = `{"properties":{"a":{"type":"integer"},"b":{"type":"string"},"c":{"type":"string","format":"date-time"},"d":{"type":"number","multipleOf":0.01},
		"l":{"type":"array","items":{"type":"array","items":{"properties":{"x":{"type":"string"},"y":{"type":"array","items":{"type":"boolean"}}}}}},"o":{"properties":{"l":{"type":"array","items":{"type":"string"}},"p":{"properties":{"q":{}}}}}}}`
	f.Add(`{"a":1,"b":"x\u00e9","c":"2024-01-01","d":1.5,"l":[[],[{"x":"y","y":[true,null]},null],null],"o":{"l":[""],"p":{"q":{}}},"z":1}`)
	f.Add(`{"o":{"p":null,"z":[]}, "l":[] , "l" : [[{"z":1}]] }`)
	pages, err := NewPages("snappy", 0, new(Spare))
	if err != nil {
		f.Fatal(err)
	}
	l := New([]byte(text), []string{"a"}, Options{Metadata: true, Pages: pages})
	received := format.NewTimestamp(time.Unix(0, 0))
	f.Fuzz(func(t *testing.T, record string) {
		var scan jsonscan.Scanner
		end, err := scan.Value([]byte(record), 0)
		if err != nil || end != len(record) || record[0] != '{' || !utf8.ValidString(record) || scan.Unusual&jsonscan.TooDeep != 0 {
			return
		}
		row := format.Row{Record: []byte(record), Repeated: true, Received: received}
		out, mark := l.AppendRow(nil, &row, nil)
		if mark.Refused != "" {
			if len(out) != 0 || !strings.Contains(mark.Refused, "does not fit") {
				t.Fatalf("%q: %q, %q", record, mark.Refused, out)
			}
			return
		}
		out = append(out, out...)
		g, err := l.Group(slices.Values([][]byte{out, out}), int64(2*len(out)), received)
		if err != nil {
			t.Fatalf("%q: %v", record, err)
		}
		if m := readMeta(&g); m.rows != 4 {
			t.Fatalf("%q: %d rows", record, m.rows)
		}
	})
}

// FuzzMoments holds Parquet's dates and times against validation: what is valid is
// a value unless it says that no column can hold it, and what is invalid is none,
// but for a date that is written as the moment at which it begins.
func FuzzMoments(f *testing.F) {
	for _, seed := range []string{"2024-02-29", "2024-02-29T23:59:59.9999999+05:30", "0000-03-01", "2024-01-01 00:00:00", "10:00:00", "2023-02-29", "9999-12-31T23:59:59-08", "2024-01-01T1:00:00,5z"} {
		f.Add(seed)
	}
	pages, err := NewPages("none", 0, new(Spare))
	if err != nil {
		f.Fatal(err)
	}
	type judge struct {
		*schema.Schema
		*Layout
	}
	judges := map[string]judge{}
	for _, kind := range []string{"date-time", "date"} {
		text := []byte(`{"properties":{"t":{"type":"string","format":"` + kind + `"}}}`)
		s, err := new(schema.Compiler).Compile(text, nil)
		if err != nil {
			f.Fatal(err)
		}
		judges[kind] = judge{s, New(text, nil, Options{Pages: pages})}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		record := append(jsonscan.AppendString([]byte(`{"t":`), []byte(text)), '}')
		micros, exact, known := schema.Moment([]byte(text))
		held := known && readable(micros)
		for kind, j := range judges {
			_, err := j.Validate(record, 0, 1, 1<<20)
			row, mark := j.AppendRow(nil, &format.Row{Record: record}, nil)
			switch {
			case err == nil && (mark.Refused == "") != held:
				t.Errorf("%q is a %s, and in Parquet: %q", text, kind, mark.Refused)
			case err == nil && kind == "date-time" && held && int64(binary.LittleEndian.Uint64(row[1:])) != micros:
				t.Errorf("%q is in Parquet % x, want %d", text, row, micros)
			case err != nil && mark.Refused == "" && (kind == "date-time" || !exact || micros%(24*60*60*1_000_000) != 0):
				t.Errorf("%q is not a %s (%v), but in Parquet it is", text, kind, err)
			}
		}
	})
}

// TestFooterSaysWhatThereIs checks what a reader uses to read less.
func TestFooterSaysWhatThereIs(t *testing.T) {
	pages, err := NewPages("none", 0, new(Spare))
	if err != nil {
		t.Fatal(err)
	}
	l := New([]byte(`{"properties":{"id":{"type":"string"},"wide":{"type":"number","precision":38,"scale":0},"long":{"type":"string"}}}`), []string{"id"}, Options{Pages: pages})
	var out []byte
	for _, wide := range []string{"-1", "2"} {
		var mark format.Mark
		out, mark = l.AppendRow(out, &format.Row{Record: []byte(`{"id":"x","wide":` + wide + `,"long":"` + strings.Repeat("z", 1000) + `"}`)}, nil)
		if mark.Refused != "" {
			t.Fatal(mark.Refused)
		}
	}
	g, err := l.Group(slices.Values([][]byte{out}), int64(len(out)), format.Timestamp{})
	if err != nil {
		t.Fatal(err)
	}
	m, c := readMeta(&g), []columnMeta{}
	for column := range m.all() {
		c = append(c, *column)
	}
	id, wide, long := c[0], c[1], c[2]
	if id.filter == 0 || wide.filter != 0 || long.filter != 0 {
		t.Error("a bloom filter is for keys")
	}
	if id.dictionary != 0 || long.dictionary == 0 {
		t.Error("a dictionary is for what occurs again, which keys do not")
	}
	if string(id.low) != "x" || long.bounded != 0 {
		t.Errorf("bounds %q, %d bytes", id.low, len(long.high))
	}
	if low, high := wide.low, wide.high; len(low) != 16 || low[0] != 0xff || high[0] != 0 || high[15] != 2 {
		t.Errorf("decimals from % x to % x", low, high)
	}
	if l.Columns() != 4 || wide.bounds == 0 || c[3].bounds != 0 {
		t.Errorf("%d columns, index of %d and %d bytes", l.Columns(), wide.bounds, c[3].bounds)
	}
}
