package page

import (
	"testing"

	"go.uber.org/goleak"
)

// closing ends the browser before anybody looks for what was left behind.
type closing struct{ *testing.M }

func (c closing) Run() int {
	code := c.M.Run()
	if err := shared.quit(); err != nil {
		println("the browser:", err.Error())
		return max(code, 1)
	}
	return code
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(closing{m}) }
