package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"target-s3/target/connect/setup/terminal/ptytest"
)

// completed are lines that a tab is typed behind, and then a #, and what becomes of them.
var completed = map[string]string{
	"--format me":                   "--format meltano #",
	"--format=ma":                   "--format=markdown #",
	"--progress st":                 "--progress streams #",
	"--config EN":                   "--config ENV #",
	"--config my":                   "--config my-config.json #",
	"--state-file my":               "--state-file my-config.json #",
	"--once my":                     "--once my#", // names no file
	"check my":                      "check my#",
	"ddl --dialect at":              "ddl --dialect athena #",
	"ddl --view ne":                 "ddl --view newest #",
	"policy --region eu-no":         "policy --region eu-north-1 #",
	"setup --region eusc":           "setup --region eusc-de-east-1 #",
	"setup --format pa":             "setup --format parquet #",
	"setup --set exactly":           "setup --set exactly_once=#",
	"setup --set log_level=de":      "setup --set log_level=debug #",
	"setup --set aws_region=eu-no":  "setup --set aws_region=eu-north-1 #",
	"setup --set csv_force_quote=t": "setup --set csv_force_quote=true #",
	"setup --set s3_bucket=my":      "setup --set s3_bucket=my#",
}

// shells are how each is started without what its user has set up, and told of the
// completion.
var shells = map[string]struct {
	args  []string
	needs string // a file
	setUp string
}{
	"bash": {
		[]string{"--noprofile", "--norc", "-i"},
		"/usr/share/bash-completion/bash_completion",
		"PS1='> '; bind 'set enable-bracketed-paste off'; . /usr/share/bash-completion/bash_completion; . <(target-s3 completion bash)",
	},
	"zsh": {
		[]string{"-f", "-i"}, "", "PROMPT='> '; unsetopt PROMPT_SP; autoload -U compinit; compinit -u -D; . <(target-s3 completion zsh)",
	},
	"fish": {
		[]string{"--no-config", "-i"},
		"",
		"function fish_prompt; echo '> '; end; function fish_right_prompt; end; set -g fish_autosuggestion_enabled 0; target-s3 completion fish | source",
	},
}

// TestCompletion types commands into real shells.
func TestCompletion(t *testing.T) {
	for name, shell := range shells {
		t.Run(name, func(t *testing.T) {
			path, err := exec.LookPath(name)
			if err == nil && shell.needs != "" {
				_, err = os.Stat(shell.needs)
			}
			if err != nil {
				t.Skip("no such shell, or not its completion: ", err)
			}
			x := ptytest.New(t, 120, 40)
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "my-config.json"), []byte("{}"), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(path, shell.args...)
			cmd.Dir, cmd.Stdout = dir, x.Tty
			cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TERM=xterm"}
			wait := x.Start(cmd)
			x.Type(shell.setUp+"; clear; echo rea''dy", ptytest.Enter)
			x.Await("ready\n>")
			for typed, becomes := range completed {
				x.Type("clear", ptytest.Enter, "target-s3 "+typed, "\t", "#")
				x.Await("> target-s3 " + becomes)
				x.Type("\x15")
			}
			x.Type("exit", ptytest.Enter)
			wait()
		})
	}
}
