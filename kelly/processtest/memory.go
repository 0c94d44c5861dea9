package processtest

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

// PeakMemory reads the most memory that this process has had at a time, in
// bytes, on Linux. It is not getrusage's, which begins with that of the process
// that started us.
func PeakMemory() (bytes int, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	if !found {
		return 0, errors.New("no VmHWM in /proc/self/status")
	}
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	return kilobytes << 10, err
}
