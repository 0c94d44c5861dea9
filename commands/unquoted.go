package commands

import "regexp"

var (
	modelForm = regexp.MustCompile(`(?i)(?:^|\s)(?:--|[—–])model[=\s]\s*(\S+)`)
	wordForm  = regexp.MustCompile(`\s+\S+`)
)

// maxNameWords bounds the words of a model's name.
const maxNameWords = 6

// unquoted returns the model whose name the words make that stand in the text
// of the job's request after --model, of which the first alone is none, and the
// request with quotes around them.
func unquoted(job *Job, lists Lists) (model string, asked Request, ok bool) {
	asked = job.Request
	text := asked.Text
	value := modelForm.FindStringSubmatchIndex(text)
	if asked.Command != "imagine" || value == nil || text[value[2]:value[3]] != job.Generate.Model {
		return "", asked, false
	}
	start, end := value[2], value[3]
	for _, word := range wordForm.FindAllStringIndex(text[end:], maxNameWords) {
		if model, ok = lists.Find(text[start : end+word[1]]); ok {
			asked.Text = text[:start] + quoted(model) + text[end+word[1]:]
			return model, asked, true
		}
	}
	return "", asked, false
}
