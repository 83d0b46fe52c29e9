package page

import (
	"bytes"
	"crypto/rand"
	"embed"
	"html/template"
	"net/http"
	"sync"
)

//go:embed files
var files embed.FS

// pages are the templates, which are read when the first page is asked for. A load
// has no use for them, and reading them takes as long as an empty program does.
//
// Style and script are part of every page: the last one needs no server any more.
// They are our own, and nothing is put into them.
var pages = sync.OnceValue(func() *template.Template {
	style := template.CSS(file("files/style.css")) //nolint:gosec // G203: ours
	script := template.JS(file("files/script.js")) //nolint:gosec // G203: ours
	return template.Must(template.New("").Funcs(template.FuncMap{
		"style":  func() template.CSS { return style },
		"script": func() template.JS { return script },
		"copyOf": func(id, label, text string) copied { return copied{id, label, text} },
	}).ParseFS(files, "files/*.html"))
})

// copied is a text with a button that copies it.
type copied struct{ ID, Label, Text string }

func file(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) //nolint:forbidigo // it is embedded
	}
	return string(b)
}

// render answers with a page, whole or not at all.
func render(w http.ResponseWriter, status int, name string, v view) {
	v.Nonce = rand.Text()
	var b bytes.Buffer
	if err := pages().ExecuteTemplate(&b, name, v); err != nil {
		http.Error(w, "The page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+v.Nonce+"'; script-src 'nonce-"+v.Nonce+"'; "+
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that is gone needs no answer
}

func renderRefusal(w http.ResponseWriter, no refusal) {
	render(w, no.status, "refusal", view{Title: no.title, Text: no.text})
}
