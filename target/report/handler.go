package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"target-s3/singer/printable"
	"target-s3/target/config"
)

// Metric is a line of the Singer metrics convention: a counter or a timer.
type Metric struct {
	Type  string            `json:"type"`
	Name  string            `json:"metric"`
	Value float64           `json:"value"`
	Tags  map[string]string `json:"tags"`
}

// MetricKey is the attribute under which a Metric is logged, so that a handler
// can put it into the form that the runner reads.
const MetricKey = "metric_info"

func (l *logger) metric(kind, name string, value float64, tags map[string]string) {
	l.log.Info("METRIC", MetricKey, Metric{kind, name, value, tags})
}

// NewLogger logs to w in the form that the settings ask for; pid is that of the
// process. Whatever others wrote is made printable here, in values and in lines, and
// a line goes out in one Write, whole: the webhook logs beside the engine.
func NewLogger(w io.Writer, c config.Config, pid int) *slog.Logger {
	w = printable.NewWriter(w)
	o := &slog.HandlerOptions{Level: c.LogLevel}
	switch c.LogFormat {
	case config.LogJSON:
		return slog.New(slog.NewJSONHandler(w, o))
	case config.LogSinger:
		return slog.New(&singerHandler{w: w, pid: pid, level: c.LogLevel})
	}
	return slog.New(textHandler{slog.NewTextHandler(w, o), w})
}

// textHandler is slog's, but for metrics, which stand in the line as runners
// look for them: INFO METRIC: {json}.
type textHandler struct {
	slog.Handler
	w io.Writer
}

func (h textHandler) Handle(ctx context.Context, r slog.Record) error {
	m, ok := metricOf(r)
	if !ok {
		return h.Handler.Handle(ctx, r)
	}
	text, err := json.Marshal(m)
	if err == nil {
		_, err = fmt.Fprintf(h.w, "INFO METRIC: %s\n", text)
	}
	return err
}

func metricOf(r slog.Record) (m Metric, ok bool) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == MetricKey {
			m, ok = a.Value.Any().(Metric)
		}
		return !ok
	})
	return m, ok
}

// singerHandler writes the JSON lines that Meltano takes apart.
type singerHandler struct {
	w     io.Writer
	pid   int
	level slog.Level
	attrs []slog.Attr
}

// singerLine has the members of the Meltano SDK's structured logs. Its schema wants
// all of them in each line, but for the metric.
type singerLine struct {
	Level      string   `json:"level"`
	PID        int      `json:"pid"`
	LoggerName string   `json:"logger_name"`
	TS         float64  `json:"ts"` // Unix seconds
	ThreadName string   `json:"thread_name"`
	AppName    string   `json:"app_name"`
	StreamName *string  `json:"stream_name"` // null where a line is of no stream
	Message    string   `json:"message"`
	Metric     *Metric  `json:"metric_info,omitempty"`
	Extra      struct{} `json:"extra"`
}

// levels are Python's names for slog's levels.
var levels = map[slog.Level]string{slog.LevelDebug: "DEBUG", slog.LevelInfo: "INFO", slog.LevelWarn: "WARNING", slog.LevelError: "ERROR"}

func (h *singerHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h *singerHandler) Handle(_ context.Context, r slog.Record) error {
	line := singerLine{
		Level: levels[r.Level], PID: h.pid, LoggerName: "target-s3", ThreadName: "main", AppName: "target-s3",
		TS: float64(r.Time.UnixNano()) / float64(time.Second), Message: r.Message,
	}
	if m, ok := metricOf(r); ok {
		line.Metric = &m
		if stream, ok := m.Tags["stream"]; ok {
			line.StreamName = &stream
		}
	} else {
		h.addAttrs(&line, r)
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = h.w.Write(append(text, '\n'))
	return err
}

// addAttrs puts the attributes into the message: Meltano shows what is in extra at
// another place, or not at all.
func (h *singerHandler) addAttrs(line *singerLine, r slog.Record) {
	add := func(a slog.Attr) bool {
		value := a.Value.Resolve().String()
		if stream := value; a.Key == "stream" {
			line.StreamName = &stream
		}
		if value == "" || strings.ContainsAny(value, ` ="`) || printable.Line(value) != value {
			value = strconv.Quote(value)
		}
		line.Message += " " + a.Key + "=" + value
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
}

func (h *singerHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	n := *h
	n.attrs = append(n.attrs[:len(n.attrs):len(n.attrs)], attrs...)
	return &n
}

// WithGroup keeps the names as they are: nothing here uses groups.
func (h *singerHandler) WithGroup(string) slog.Handler { return h }
