package s3store

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
)

// Limits of an answer, but for the content of an object. The SDK holds it in
// memory, decoded as well.
const (
	// maxAnswer is more than the longest list that is asked for takes.
	maxAnswer = 512 << 10
	// maxRefusal is more than any service has to say about an error.
	maxRefusal = 64 << 10
	// maxHeader is many times what S3 sends, metadata included.
	maxHeader = 256 << 10
	// answerTime is for everything after the header. Only to the completion of an
	// upload, which may take minutes, does S3 send white space in the meantime.
	answerTime     = 30 * time.Second
	completionTime = 10 * time.Minute
)

// answerBody is what a service answers, within limits.
type answerBody struct {
	io.ReadCloser
	watch   *watch
	left    int64 // bytes that may come yet; negative: any number
	refusal bool  // more than that is cut off, as the status says enough
}

// bound limits an answer.
func (w *watch) bound(resp *http.Response, operation string) io.ReadCloser {
	b := &answerBody{ReadCloser: resp.Body, watch: w, left: maxAnswer}
	switch {
	case resp.StatusCode >= 300:
		b.left, b.refusal = maxRefusal, true
	case operation == opGet:
		b.left = -1
		return b
	}
	limit := min(answerTime, 3*w.stall)
	switch {
	case w.request != nil && !w.request.reach.answered.Load():
		limit = w.stall
	case operation == opComplete:
		limit = completionTime
	}
	w.endIn(limit)
	return b
}

// operationOf is the name of the operation that a try is for.
func operationOf(req *http.Request) string { return awsmiddleware.GetOperationName(req.Context()) }

var errAnswerTooLong = fmt.Errorf("the answer is longer than %d KiB", maxAnswer>>10)

func (b *answerBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		if b.refusal {
			return 0, io.EOF
		}
		return 0, b.end()
	}
	if b.left > 0 {
		p = p[:min(int64(len(p)), b.left)]
	} else {
		b.watch.moved()
		defer b.watch.rest()
	}
	n, err := b.ReadCloser.Read(p)
	if b.left > 0 {
		b.left -= int64(n)
	}
	if n > 0 {
		b.watch.moved()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.watch.explain(err)
	}
	return n, err
}

// end tells an answer that ends at the limit from one that goes on.
func (b *answerBody) end() error {
	switch n, err := b.ReadCloser.Read(make([]byte, 1)); {
	case n > 0:
		return errAnswerTooLong
	case err != nil && !errors.Is(err, io.EOF):
		return b.watch.explain(err)
	case err != nil:
		return err
	}
	return io.ErrNoProgress
}

func (b *answerBody) Close() error {
	err := b.ReadCloser.Close()
	b.watch.stop()
	return err
}
