package schema

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"target-s3/singer/jsonscan"
)

// digitsText writes digits, many of them zeros.
func digitsText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("00123456789"[r.IntN(11)])
	}
	return b.String()
}

// randomNumber writes a number, or what is nearly one.
func randomNumber(r *rand.Rand) string {
	n := digitsText(r, r.IntN(4)*r.IntN(8))
	if n = strings.TrimLeft(n, "0"); n == "" || r.IntN(30) == 0 {
		n = "0" + n
	}
	if r.IntN(4) == 0 {
		n = "-" + n
	}
	if r.IntN(2) == 0 {
		n += "." + digitsText(r, r.IntN(3)*r.IntN(9)) + strings.Repeat("0", r.IntN(2)*r.IntN(20))
	}
	if r.IntN(4) == 0 {
		n += []string{"e5", "E-2", "e", "e+", "e+10", "e-007", "E18", "e-30", "e300", "e-999"}[r.IntN(10)]
	}
	return n
}

// TestScanNumber compares what is read of numbers with package big, and where they
// end with the general scan, whatever follows them.
func TestScanNumber(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	numbers := 200_000
	if Fewer() {
		numbers = 50_000
	}
	for range numbers {
		text := randomNumber(r)
		b := text + []string{"", ",", "}", ` , "a": 1234567890`, "/234567890", ":234567890"}[r.IntN(6)]
		d, k, end := scanNumber([]byte(b), 0)
		var scan jsonscan.Scanner
		wantEnd, err := scan.Value([]byte(b), 0)
		if (err == nil && wantEnd == len(text) && !beyondFloat(text)) != (end == len(text)) {
			t.Fatalf("%q in %q: the end is %d, want %d, %v", text, b, end, wantEnd, err)
		}
		if end == len(text) {
			checkDecimal(t, text, d, k)
		}
	}
}

// beyondFloat reports whether a number may be too large for a float64.
func beyondFloat(text string) bool {
	plain, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, _, _ := strings.Cut(strings.TrimPrefix(plain, "-"), ".")
	power, _ := strconv.Atoi(exponent)
	return exponent != "" && len(whole)+power > 308
}

func checkDecimal(t *testing.T, text string, d decimal, k kind) {
	t.Helper()
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatal(text)
	}
	plain, _, _ := strings.Cut(strings.ToLower(text), "e")
	digits := len(strings.TrimRight(strings.TrimLeft(strings.Replace(plain, ".", "", 1), "-"), "0"))
	if k == kindExponent {
		if n := len(plain); n <= maxDigits {
			t.Errorf("%s: %+v, but it has %d digits at most", text, d, n)
		}
		return
	}
	if (k == kindInteger) != v.IsInt() || d.negative != strings.HasPrefix(text, "-") {
		t.Errorf("%s: %+v of kind %b", text, d, k)
	}
	v.Abs(v)
	whole := new(big.Int).Div(v.Num(), v.Denom())
	fits := whole.IsInt64() && new(big.Int).Add(whole, big.NewInt(1)).IsInt64()
	if fits != (d.whole >= 0) || (fits && d.whole != whole.Int64()) {
		t.Errorf("%s: %+v, want %v whole", text, d, whole)
	}
	if !fits {
		return
	}
	if d.scaled < 0 {
		if digits <= maxDigits {
			t.Errorf("%s: %+v, but it has %d digits", text, d, digits)
		}
		return
	}
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.digits)), nil)
	if new(big.Rat).SetFrac(big.NewInt(d.scaled), ten).Cmp(v) != 0 {
		t.Errorf("%s: %+v", text, d)
	}
}

// TestScanNumberAtOnce has those at which the steps of eight digits begin and end.
func TestScanNumberAtOnce(t *testing.T) {
	for n := range 40 {
		for _, point := range []string{"", "."} {
			text := "1" + strings.Repeat("9", n)
			if point != "" {
				text += "." + strings.Repeat("9", n) + "1"
			}
			for _, behind := range []string{"", "}", ",12345678", "          "} {
				d, k, end := scanNumber([]byte(text+behind), 0)
				if end != len(text) {
					t.Errorf("%s%s ends at %d", text, behind, end)
					continue
				}
				checkDecimal(t, text, d, k)
			}
		}
	}
}

// TestShortNumbers holds that a number which is proven by its digits is proven by its
// value as well, and ends where it does. Numbers of few digits are.
func TestShortNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	c := &choices{}
	lower, upper := []string{"-1e12", "-1000", "-999", "-10", "-9", "0", "1"}, []string{"0", "9", "10", "99", "1000", "9999", "1e12"}
	short := 0
	for range 10_000 {
		c.data = randomBytes(r)
		s := fmt.Sprintf(`{"type":%s,"maximum":%s,"minimum":%s,"multipleOf":%s}`, pick(c, []string{`"number"`, `["null","integer"]`, `["string","number"]`}), pick(c, upper), pick(c, lower), pick(c, fuzzSteps))
		for _, keyword := range []string{`"maximum"`, `"minimum"`, `"multipleOf"`} {
			if c.of(2) == 0 {
				s = strings.Replace(s, keyword, `"default"`, 1)
			}
		}
		plan, err := Compile([]byte(`{"properties":{"a":`+s+`}}`), nil)
		if err != nil {
			t.Fatal(err)
		}
		n := plan.proven().plan.object.properties[0].node
		for range 4 {
			text := randomNumber(r)
			if r.IntN(2) == 0 { // one just within or beyond a bound
				text = pick(c, []string{"", "-"}) + strings.Repeat("9", 1+r.IntN(4)) + pick(c, []string{"", ".5", ".25", ".0"})
			}
			b := []byte(text + []string{"", ",", "}", ` , "a": 1234567890`, "/234567890"}[r.IntN(5)])
			end := n.short.end(b, 0)
			if end < 0 {
				continue
			}
			short++
			d, k, want := scanNumber(b, 0)
			if end != want || !n.proves(&token{kind: k, text: b[:want], number: d}) {
				t.Fatalf("%s in %s is proven to %d, the end is %d", b, s, end, want)
			}
		}
	}
	if short < 1_000 {
		t.Errorf("of 40,000 numbers %d are short", short)
	}
}
