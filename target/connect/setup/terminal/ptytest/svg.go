package ptytest

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/hinshun/vt10x"
)

// Sizes of a picture, in its own units.
const (
	cellWidth  = 8.4
	cellHeight = 18
	margin     = 12
)

// colours of a picture: the sixteen of a terminal, on a dark ground.
var colours = [16]string{
	"#1e2127", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0",
	"#7f848e", "#ef7f88", "#a9d48a", "#f0cd8a", "#73bfff", "#d68eed", "#67c7d3", "#ffffff",
}

const (
	ground = "#1e2127"
	ink    = "#d7dae0"
	bold   = 4 // of vt10x, which does not export it
)

// look is how a character is drawn.
type look struct {
	fg, bg string
	bold   bool
}

// SVG draws the screen from its first line on that contains from, as a picture
// that consists of text. Lines that are empty at the end are left out.
func (x *Terminal) SVG(title, from string) []byte {
	x.t.Helper()
	text := x.Text()
	x.mu.Lock()
	defer x.mu.Unlock()
	lines := strings.Split(text, "\n")
	first := -1
	for i, l := range lines { // the last one counts: the screen may have scrolled
		if strings.Contains(l, from) {
			first = i
		}
	}
	if first < 0 {
		x.t.Fatalf("not on the screen: %s", from)
	}
	cols, _ := x.screen.Size()
	width := float64(cols)*cellWidth + 2*margin
	height := (len(lines)-first)*cellHeight + 2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" role="img">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="6" fill="%s"/>`+"\n", ground)
	fmt.Fprintf(&b, `<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="%s">`+"\n", ink)
	for y := first; y < len(lines); y++ {
		x.row(&b, y, first, cols)
	}
	b.WriteString("</g>\n</svg>\n")
	return []byte(b.String())
}

// row draws a line of the screen, run by run of characters that look the same.
func (x *Terminal) row(b *strings.Builder, y, first, cols int) {
	for from := 0; from < cols; {
		how := lookOf(x.screen.Cell(from, y))
		to := from
		var text strings.Builder
		for ; to < cols; to++ {
			cell := x.screen.Cell(to, y)
			if lookOf(cell) != how {
				break
			}
			text.WriteRune(max(cell.Char, ' '))
		}
		draw(b, how, text.String(), from, to, (y-first)*cellHeight+margin)
		from = to
	}
}

func draw(b *strings.Builder, how look, text string, from, to, top int) {
	left := float64(from)*cellWidth + margin
	if how.bg != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", left, top, float64(to-from)*cellWidth, cellHeight, how.bg)
	}
	attributes := ""
	if how.fg != "" {
		attributes += fmt.Sprintf(` fill="%s"`, how.fg)
	}
	if how.bold {
		attributes += ` font-weight="bold"`
	}
	// Renderers do as they like with spaces that follow each other: each piece
	// between them has its own place.
	for _, at := range pieces.FindAllStringIndex(text, -1) {
		piece := text[at[0]:at[1]]
		begin, n := len([]rune(text[:at[0]])), len([]rune(piece))
		fmt.Fprintf(b, `<text x="%.1f" y="%d" textLength="%.1f"%s>%s</text>`+"\n", left+float64(begin)*cellWidth, top+14, float64(n)*cellWidth, attributes, html.EscapeString(piece))
	}
}

// pieces are words with single spaces between them.
var pieces = regexp.MustCompile(`\S+(?: \S+)*`)

func lookOf(g vt10x.Glyph) look {
	how := look{fg: colour(g.FG), bg: colour(g.BG), bold: g.Mode&bold != 0}
	if g.FG == vt10x.DefaultBG { // what is reversed has them exchanged
		how.fg = ground
	}
	if g.BG == vt10x.DefaultFG {
		how.bg = ink
	}
	return how
}

func colour(c vt10x.Color) string {
	if c < 16 {
		return colours[c]
	}
	return ""
}
