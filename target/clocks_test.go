package target

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestClocks lets time pass, to the nanosecond.
func TestClocks(t *testing.T) {
	has := func(c *clocks) string {
		synctest.Wait()
		due, overdue := false, false
		select {
		case <-c.due():
			due = true
		default:
		}
		select {
		case <-c.overdue():
			overdue = true
		default:
		}
		return fmt.Sprint(due, overdue, c.isDue)
	}
	type step struct {
		do   string
		pass time.Duration
		want string // due, overdue, isDue
	}
	for name, tt := range map[string]struct {
		wait, most time.Duration
		off        bool
		steps      []step
	}{
		"before the first row":   {10, 60, false, []step{{"", 1000, "false false false"}}},
		"both":                   {10, 60, false, []step{{"start", 9, "false false false"}, {"", 1, "true false false"}, {"", 49, "false false false"}, {"", 1, "false true false"}, {"", 1000, "false false false"}}},
		"a row more":             {10, 60, false, []step{{"start", 9, "false false false"}, {"start", 1, "true false false"}}},
		"stopped":                {10, 60, false, []step{{"start", 9, "false false false"}, {"stop", 1000, "false false false"}, {"start", 9, "false false false"}, {"", 1, "true false false"}}},
		"stopped when it is due": {10, 60, false, []step{{"start", 9, "false false false"}, {"", 0, "false false false"}, {"stop", 100, "false false false"}}},
		"every STATE":            {0, 0, false, []step{{"start", 0, "false false true"}, {"", 1000, "false false true"}, {"stop", 0, "false false false"}}},
		"off":                    {0, 60, true, []step{{"start", 1000, "false false false"}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newClocks(tt.wait, tt.most, 5, tt.off)
			for i, s := range tt.steps {
				switch s.do {
				case "start":
					c.start()
				case "stop":
					c.stop()
				}
				time.Sleep(s.pass)
				if got := has(c); got != s.want {
					t.Errorf("%s, step %d: %s, want %s", name, i, got, s.want)
				}
			}
			c.stop()
		})
	}
}

// TestLate has one clock for all that is waited for, from the first on.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClocks(0, 0, 5*time.Second, false)
		time.Sleep(time.Minute)
		first := c.late()
		time.Sleep(4 * time.Second)
		select {
		case <-c.late():
			t.Error("it is too early")
		default:
		}
		began := time.Now()
		<-first
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v more", took)
		}
	})
}
