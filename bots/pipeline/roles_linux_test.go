package pipeline

import (
	"testing"

	"kellybot/kelly/processtest"
)

// roles are what the test's binary does in a process of its own.
var roles = map[string]func() error{}

func TestMain(m *testing.M) { processtest.Main(m, roles) }
