package main

import (
	"slices"
	"strings"
	"testing"
)

// Whatever can name a command, or lists them, must find them; a load starts without.
func TestWantsCommands(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"help", "-h", "-vh", "-hc x.json", "--help", "--help=true", "--config x.json help check",
		"chek", "Check", "completion fish", "__complete check", "__completeNoDesc --config",
	} {
		if !slices.ContainsFunc(strings.Fields(args), wantsCommands) {
			t.Errorf("%s: the commands are missing", args)
		}
	}
	for _, c := range commandTree().Commands() {
		if !wantsCommands(c.Name()) {
			t.Errorf("%s cannot be called", c.Name())
		}
	}
	for _, args := range []string{
		"", "--version", "-v", "--config ENV", "--config=ENV", "-c config.json", "-c ./config",
		"--config /etc/pipelines/config --input s.singer.gz --state-file state.json --report out/report",
	} {
		if slices.ContainsFunc(strings.Fields(args), wantsCommands) {
			t.Errorf("%s: makes commands that it does not use", args)
		}
	}
}
