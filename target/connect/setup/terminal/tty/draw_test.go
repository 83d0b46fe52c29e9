package tty

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hinshun/vt10x"
)

// Whatever is drawn after whatever else, the screen shows it and what was above it.
func TestFrame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		const columns, rows = 9, 7
		screen := vt10x.New(vt10x.WithSize(columns, rows))
		var above []string
		for i := range random.IntN(rows) {
			above = append(above, fmt.Sprint("above", i))
			fmt.Fprint(screen, above[i]+"\r\n")
		}
		fmt.Fprint(screen, "echo") // of what was typed ahead
		var drawn []string
		for range 10 {
			lines := make([]string, random.IntN(rows+1))
			for i := range lines {
				lines[i] = strings.Repeat(string(rune('a'+random.IntN(2))), random.IntN(2)*columns)
			}
			fmt.Fprint(screen, frame(drawn, lines))
			drawn = lines
			above = above[max(0, len(above)+len(lines)-rows):]
			want := slices.Concat(above, lines, make([]string, rows-len(above)-len(lines)))
			got := strings.Split(strings.TrimSuffix(screen.String(), "\n"), "\n")
			for i := range got {
				got[i] = strings.TrimRight(got[i], " ")
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d: %q, want %q", seed, got, want)
			}
		}
	}
	lines := []string{"a", "b"}
	if again := frame(lines, lines); again != "" {
		t.Errorf("%q for what is there", again)
	}
}

func TestWidth(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "abc": 3, "漢字": 4, "e\u0301": 1, "\x1b[36m(•) é\x1b[m": 5, "👍": 2,
	} {
		if got := Width(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
