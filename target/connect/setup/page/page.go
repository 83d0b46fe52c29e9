// Package page shows the form of package setup as pages in a browser on this
// machine. They work without JavaScript, which adds messages while typing, the
// live sample key and the buttons that copy.
//
// Whoever can open the pages can have settings written and requests sent with the
// loader's credentials. So they are served on 127.0.0.1 alone, to the one browser
// that opened the printed address first, below a path that nobody else knows; see
// guard. Pages and redirects name each other without that path, relatively: all of
// them are in one folder.
package page

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"target-s3/target/connect"
	"target-s3/target/connect/setup"
)

// Options are what the page needs of its surroundings.
type Options struct {
	Form        *setup.Form // with the answers to begin with
	Principal   string      // whom the bucket policy lets in, until the page says otherwise; may be empty
	SaveAs      string      // file of settings
	Overwrite   bool        // replace that file without asking
	WithSecrets bool        // what the box to keep credentials in the file shows first

	// Actions are what is done with the bucket. Without a check the settings are
	// saved unchecked; what cannot be created is shown as a command alone.
	connect.Actions

	Announce func(url string) // prints the address, which works once
	Now      func() time.Time // of the sample key; nil: time.Now

	linger time.Duration // how long to wait for the last page to be fetched; 0: a minute
}

// A person is at the other end, on the same machine; nothing takes long but what
// is asked of the service.
const (
	headerTime  = 5 * time.Second
	readTime    = 15 * time.Second
	createTime  = time.Minute
	writeTime   = 2 * createTime
	closeTime   = 3 * time.Second
	headerBytes = 16 << 10
)

// Serve shows the form on a random port of 127.0.0.1 until it is saved or ctx
// ends. It returns where it was saved; empty: it was not, and the error is the
// cause of the end.
func Serve(ctx context.Context, o Options) (saved string, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.linger = cmp.Or(o.linger, time.Minute)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := newSession(ctx, o)
	token := rand.Text() // 130 bits
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return "", errors.Join(err, listener.Close())
	}
	unused := spare{conns: make(map[net.Conn]bool)}
	server := &http.Server{
		Handler:           newGuard(port, token, s.routes()),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: writeTime,
		MaxHeaderBytes: headerBytes, ConnState: unused.note,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // what strangers send is not news
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	o.Announce("http://127.0.0.1:" + port + "/?token=" + token)

	err = s.wait(ctx, failed)
	cancel() // what is being checked
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer done()
	unused.close()
	if server.Shutdown(closing) != nil {
		_ = server.Close() // whoever is still being served has had the time
	}
	s.work.Wait()
	if s.saved() {
		return s.o.SaveAs, nil
	}
	return "", err
}

// wait returns when the last page was delivered, or is fetched by nobody, or
// there is no use in waiting.
func (s *session) wait(ctx context.Context, failed <-chan error) error {
	stored := s.stored
	var late <-chan time.Time
	for {
		select {
		case <-s.delivered:
			return nil
		case <-late:
			return nil
		case <-stored:
			late, stored = time.After(s.o.linger), nil
		case err := <-failed:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
