package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"target-s3/bench/generate"
)

// peer is another target for S3.
type peer struct {
	name    string
	install func(context.Context, *bench) (program string, err error)

	// configure makes the peer's settings: objects go below the prefix, and
	// temporary files into the folder work.
	configure func(server *server, prefix, work string) settings
}

// What is installed, so that two runs compare with the same.
const (
	pinnedCSV  = "pipelinewise-target-s3-csv==2.0.0"
	pinnedJSON = "plinxore-target-s3==0.1.7"
)

// peers are targets that many use, each with the settings nearest to what they are
// compared with: no compression, a file a stream, as large as they make them.
func peers() []peer {
	return []peer{
		{
			name:    "target-s3 jsonl",
			install: func(_ context.Context, b *bench) (string, error) { return b.program, nil },
			configure: func(s *server, prefix, _ string) settings {
				return ours(s, prefix, "jsonl")
			},
		},
		{
			name:    "target-s3 csv",
			install: func(_ context.Context, b *bench) (string, error) { return b.program, nil },
			configure: func(s *server, prefix, _ string) settings {
				return ours(s, prefix, "csv")
			},
		},
		{
			name:    "target-jsonl-blob, jsonl, validates nothing",
			install: installBlob,
			configure: func(s *server, prefix, _ string) settings {
				return settings{
					"bucket":       "s3://" + s.bucket + "?endpoint=" + s.Endpoint + "&use_path_style=true&region=" + s.Region,
					"key_template": prefix + "{{.StreamName}}.jsonl",
				}
			},
		},
		{
			name: pinnedJSON + ", jsonl",
			install: func(ctx context.Context, _ *bench) (string, error) {
				return installPython(ctx, pinnedJSON, "target-s3", "python3.12", "python3.11", "python3.10", "python3")
			},
			configure: func(s *server, prefix, _ string) settings {
				return settings{
					"format": settings{"format_type": "jsonl"}, "compression": "none", "prefix": strings.TrimSuffix(prefix, "/"),
					"batch_size": 100_000,
					"cloud_provider": settings{"cloud_provider_type": "aws", "aws": settings{
						"aws_access_key_id": s.AccessKey, "aws_secret_access_key": s.SecretKey,
						"aws_region": s.Region, "aws_bucket": s.bucket, "aws_endpoint_override": s.Endpoint,
					}},
				}
			},
		},
		{
			name: pinnedCSV + ", csv",
			install: func(ctx context.Context, _ *bench) (string, error) {
				return installPython(ctx, pinnedCSV, "target-s3-csv", "python3.10", "python3.9", "python3.8", "python3")
			},
			configure: func(s *server, prefix, work string) settings {
				return settings{
					"aws_access_key_id": s.AccessKey, "aws_secret_access_key": s.SecretKey, "aws_endpoint_url": s.Endpoint,
					"s3_bucket": s.bucket, "s3_key_prefix": prefix, "temp_dir": work,
				}
			},
		},
	}
}

func ours(s *server, prefix, format string) settings {
	return settings{
		"s3_bucket": s.bucket, "s3_key_prefix": prefix, "aws_endpoint_url": s.Endpoint, "aws_region": s.Region,
		"aws_access_key_id": s.AccessKey, "aws_secret_access_key": s.SecretKey, "output_file_format": format, "log_level": "warn",
	}
}

// peerResults are of one data set.
type peerResults struct {
	Server  string   `json:"server"`
	Rows    []row    `json:"rows"`
	Skipped []string `json:"skipped"` // each with the reason
}

// comparePeers loads the same data with every target that can be had. The first
// is the program itself, and the others are skipped where they do not work.
func (b *bench) comparePeers(ctx context.Context, peers []peer) (*peerResults, error) {
	res := &peerResults{Server: "versitygw on this machine"}
	s, err := startServer(ctx)
	if err != nil {
		res.Skipped = []string{"all: " + oneLine(err)}
		return res, nil
	}
	defer s.stop()
	d := dataset{name: "peers", data: generate.Options{Kind: generate.Narrow, Streams: 1}}
	if err := b.write(ctx, &d, b.peerSize); err != nil {
		return nil, err
	}
	var commands []command
	for i, p := range peers {
		c, err := b.peerCommand(ctx, p, s, d, fmt.Sprintf("peer%d/", i))
		if err == nil { // a first run, which is not counted, tells whether it works
			_, err = measureOnce(ctx, c)
		}
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil && strings.HasPrefix(p.name, "target-s3 "):
			return nil, err
		case err != nil:
			res.Skipped = append(res.Skipped, p.name+": "+oneLine(err))
			continue
		}
		commands = append(commands, c)
		res.Rows = append(res.Rows, row{Data: d.data.Kind, Name: p.name, Bytes: d.size, Records: d.records})
	}
	for range b.rounds {
		for i, c := range commands {
			sample, err := measureOnce(ctx, c)
			if err != nil {
				return nil, err
			}
			res.Rows[i].Samples = append(res.Rows[i].Samples, sample)
		}
	}
	return res, res.verify(ctx, s, commands)
}

// verify has every target load once more and counts what arrives: who drops records
// is not compared with. It comes last, for it takes memory, see peakOf.
func (res *peerResults) verify(ctx context.Context, s *server, commands []command) error {
	var complete []row
	for i, c := range commands {
		r := res.Rows[i]
		c.after = func(*sample) error { return s.count(c.prefix, r.Records) }
		switch _, err := measureOnce(ctx, c); {
		case err == nil:
			complete = append(complete, r)
		case i == 0 || ctx.Err() != nil:
			return err
		default:
			res.Skipped = append(res.Skipped, r.Name+": "+oneLine(err))
		}
	}
	res.Rows = complete
	return nil
}

// peerCommand is a run of a peer, after which there must be something new in the
// bucket.
func (b *bench) peerCommand(ctx context.Context, p peer, s *server, d dataset, prefix string) (command, error) {
	fmt.Fprintf(b.log, "installing %s\n", p.name)
	program, err := p.install(ctx, b)
	if err != nil {
		return command{}, err
	}
	work := filepath.Join(b.work, prefix)
	if err := os.MkdirAll(work, 0o777); err != nil {
		return command{}, err
	}
	config := filepath.Join(work, "config.json")
	if err := os.WriteFile(config, []byte(p.configure(s, prefix, work).json()), 0o600); err != nil {
		return command{}, err
	}
	return command{
		name: p.name, prefix: prefix, inputs: []string{d.path}, argv: []string{program, "--config", config}, procs: 2,
		env: []string{
			"AWS_ACCESS_KEY_ID=" + s.AccessKey, "AWS_SECRET_ACCESS_KEY=" + s.SecretKey, "AWS_REGION=" + s.Region, "AWS_DEFAULT_REGION=" + s.Region,
			"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "NO_PROXY=127.0.0.1",
		},
		after: func(sample *sample) error {
			sample.Report = report{Records: d.records, BytesIn: d.size}
			return s.empty(prefix)
		},
	}, nil
}

// print writes the table of the peers, and how many times as long as the first of
// them each takes.
func (res *peerResults) print(b *strings.Builder) {
	if len(res.Rows) > 0 {
		t := table{{"data", "target, into " + res.Server, "wall s", "CPU s", "MB/s", "records/s", "peak MiB", "wall / of target-s3 jsonl"}}
		for i, r := range res.Rows {
			walls := each(r.Samples, wall)
			factor := make([]float64, len(r.Samples))
			for n := range factor {
				factor[n] = wall(r.Samples[n]) / wall(res.Rows[0].Samples[n])
			}
			times := "–"
			if i > 0 {
				times = spread(factor, 1)
			}
			t = append(t, []string{
				r.Data, r.Name, spread(walls, 3), spread(each(r.Samples, cpu), 3), number(float64(r.Bytes) / 1e6 / median(walls)),
				number(float64(r.Records) / median(walls)), number(peakMost(r.Samples)), times,
			})
		}
		t.print(b)
	}
	b.WriteByte('\n')
	for _, s := range res.Skipped {
		b.WriteString("skipped: " + s + "\n")
	}
}

// oneLine is an error's first line, or the last that a command wrote about it.
func oneLine(err error) string {
	if run := (*runError)(nil); errors.As(err, &run) {
		err = run.err
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			return strings.TrimSuffix(err.Error()+": "+lastLines(run.stderr, 1), ": ")
		}
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
