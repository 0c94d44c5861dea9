package commands

// checkNow is checkJob as far as the lists of models are at hand; Settle does
// the rest.
func checkNow(job *Job, cfg Config) error {
	lists := cfg.Catalog.Now()
	job.ModelUnchecked = !lists.whole()
	return checkJob(job, lists)
}

// checkModel returns the listed spelling of a model's name. A name that is on
// no list passes as it is while a list is missing, and else is a Refusal.
func checkModel(name string, lists Lists) (string, error) {
	if listed, ok := lists.Find(name); ok {
		return listed, nil
	}
	if !lists.whole() {
		return name, nil
	}
	near, alike := Nearest(name, lists.All())
	if !alike {
		return "", refuse("There is no model %s: %s lists all of them.", code(echo(name)), code("/models"))
	}
	return "", noModel(name, near)
}

func noModel(name, near string) error {
	return refuse("There is no model %s: the nearest is %s, and %s lists all.", code(echo(name)), code("--model "+quoted(near)), code("/models"))
}

// checkJob gives the job's model its listed spelling. In place of one that is
// not there the job's fallback draws, or those that are nearest are offered.
func checkJob(job *Job, lists Lists) error {
	model, err := checkModel(job.Generate.Model, lists)
	switch {
	case err == nil:
		job.Generate.Model = model
		return nil
	case job.Fallback != "":
		job.Gone, job.Generate.Model = job.Generate.Model, job.Fallback
		return nil
	}
	if whole, asked, ok := unquoted(job, lists); ok {
		return offering(noModel(job.Generate.Model, whole), Button{Label: "🎨 " + whole}.asking(asked))
	}
	return offerModels(err, job.Generate.Model, lists, func(near string) Request {
		other := *job
		other.Generate.Model = near
		req := job.Request
		req.Command, req.Options, req.Text = "imagine", nil, other.argument("imagine")
		return req
	})
}

// modelToKeep returns the listed spelling of a model that is to be stored. One
// that is on no list is refused while a list is missing too.
func (o drawingOptions) modelToKeep(name string, asks func(near string) Request) (string, error) {
	lists := o.cfg.Catalog.Now()
	model, err := checkModel(name, lists)
	if err != nil {
		return "", offerModels(err, name, lists, asks)
	}
	if _, listed := lists.Find(model); !listed {
		return "", refuse("The picture service has not said yet which models there are: please try again in a minute.")
	}
	return model, nil
}

// offerModels is the error that there is no model of that name, with buttons
// that ask for those that are nearest, however far that is: one of them draws.
func offerModels(err error, name string, lists Lists, asks func(near string) Request) error {
	var buttons []Button
	for _, near := range nearestOf(name, lists.All(), offeredNear) {
		buttons = append(buttons, Button{Label: "🎨 " + near}.asking(asks(near)))
	}
	return offering(err, buttons...)
}

// offeredNear is how many are offered in place of what is not there.
const offeredNear = 3
