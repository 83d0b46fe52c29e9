package generate

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

func id(g *generator, b []byte) []byte { return strconv.AppendInt(b, g.serial, 10) }

func number(most int64) func(*generator, []byte) []byte {
	return func(g *generator, b []byte) []byte { return strconv.AppendInt(b, g.Int64N(most), 10) }
}

// money has two decimals, as numeric(12,2) has.
func money(g *generator, b []byte) []byte {
	cents := g.IntN(10_000_000)
	b = strconv.AppendInt(b, int64(cents/100), 10)
	return append(b, '.', byte('0'+cents/10%10), byte('0'+cents%10))
}

// float has as many digits as a double often has.
func float(g *generator, b []byte) []byte {
	return strconv.AppendFloat(b, float64(g.Int64N(2_000_000)-1_000_000)/1021, 'f', -1, 64)
}

func boolean(g *generator, b []byte) []byte { return strconv.AppendBool(b, g.IntN(2) == 0) }

func null(_ *generator, b []byte) []byte { return append(b, "null"...) }

// moment is a date-time as Python's isoformat and the taps write it.
func moment(g *generator, b []byte) []byte {
	return fmt.Appendf(b, `"%d-%02d-%02dT%02d:%02d:%02d.%06d+00:00"`,
		2018+g.IntN(8), 1+g.IntN(12), 1+g.IntN(28), g.IntN(24), g.IntN(60), g.IntN(60), g.IntN(1_000_000))
}

func uuid(g *generator, b []byte) []byte {
	h, l := g.Uint64(), g.Uint64()
	return fmt.Appendf(b, `"%08x-%04x-4%03x-a%03x-%012x"`, uint32(h), uint16(h>>32), h>>52, l>>52, l&(1<<48-1))
}

func email(g *generator, b []byte) []byte {
	return fmt.Appendf(b, `"%s.%s%d@example.com"`, words[g.IntN(len(words))], words[g.IntN(len(words))], g.IntN(1000))
}

func choice(of ...string) func(*generator, []byte) []byte {
	return func(g *generator, b []byte) []byte { return g.text(b, of[g.IntN(len(of))]) }
}

// sometimes is null for so many in a hundred.
func sometimes(percent int, value func(*generator, []byte) []byte) func(*generator, []byte) []byte {
	return func(g *generator, b []byte) []byte {
		if g.IntN(100) < percent {
			return null(g, b)
		}
		return value(g, b)
	}
}

// phrase is a few words that need no escapes.
func phrase(least, most int) func(*generator, []byte) []byte {
	return func(g *generator, b []byte) []byte {
		b = append(b, '"')
		for n := range least + g.IntN(most-least+1) {
			if n > 0 {
				b = append(b, ' ')
			}
			b = append(b, words[g.IntN(len(words))]...)
		}
		return append(b, '"')
	}
}

// prose is a long text: words of many languages, line ends, quotes, paths, and
// now and then a character beyond the 16 bits of a \u escape.
func prose(least, most int) func(*generator, []byte) []byte {
	return func(g *generator, b []byte) []byte {
		b = append(b, '"')
		for n := range least + g.IntN(most-least+1) {
			if n > 0 {
				b = append(b, ' ')
			}
			switch g.IntN(16) {
			case 0:
				b = g.escaped(b, foreign[g.IntN(len(foreign))])
			case 1:
				b = append(b, oddities[g.IntN(len(oddities))]...)
			default:
				b = append(b, words[g.IntN(len(words))]...)
			}
		}
		return append(b, '"')
	}
}

// escaped appends text beyond ASCII in the way of the style.
func (g *generator) escaped(b []byte, s string) []byte {
	if !g.ascii {
		return append(b, s...)
	}
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		case r <= 0xffff:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		}
	}
	return b
}

var words = []string{
	"order", "shipment", "the", "of", "and", "invoice", "customer", "was", "delivered", "late", "return",
	"blue", "warehouse", "north", "please", "call", "before", "noon", "payment", "received", "with", "a",
	"small", "package", "reference", "number", "account", "manager", "to", "in", "priority", "standard",
}

var foreign = []string{
	"Straße", "Größe", "déjà", "façade", "mañana", "Żółć", "привет", "заказ", "Ελλάδα", "東京都", "配送",
	"주문", "مرحبا", "שלום", "café ☕", "📦 sent", "naïve", "€ 12", "smörgåsbord", "İstanbul",
}

// oddities are escapes that both styles write.
var oddities = []string{
	`\n`, `\r\n`, `\t`, `\"quoted\"`, `C:\\temp\\a.txt`, `{\"json\": [1, 2]}`, `\n\n- item`, `\u0007`, `a, b; c`, `<b>bold</b>`,
}
