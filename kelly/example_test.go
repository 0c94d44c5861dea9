package kelly_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

func ExampleClient_Generate() {
	server := kellytest.Start() // stands for the service
	defer server.Close()
	client, err := kelly.New("my-key", kelly.WithBaseURL(server.URL))
	if err != nil {
		log.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	picture, err := client.Generate(ctx, kelly.GenerateRequest{
		Prompt: "a red fox in snow",
		Width:  640,
		Height: 384,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer picture.Release()

	// picture.Bytes() is the file; write or upload it before Release.
	fmt.Println(picture.Format.ContentType(), picture.Width, picture.Height)
	// Output: image/png 640 384
}

// The negative prompt's default is long; a pointer to "" sends none at all.
func ExampleGenerateRequest_withoutNegativePrompt() {
	server := kellytest.Start()
	defer server.Close()
	client, err := kelly.New("my-key", kelly.WithBaseURL(server.URL))
	if err != nil {
		log.Fatal(err)
	}

	picture, err := client.Generate(context.Background(), kelly.GenerateRequest{
		Prompt:         "a red fox in snow",
		NegativePrompt: new(""),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer picture.Release()
	fmt.Printf("%q\n", *server.Requests()[0].NegativePrompt)
	// Output: ""
}

func ExampleClient_SDModels() {
	server := kellytest.Start()
	defer server.Close()
	server.Script(kellytest.JSON(`[{"name":"PhotoPerfect"},{"name":"DreamShaper"}]`))
	client, err := kelly.New("my-key", kelly.WithBaseURL(server.URL))
	if err != nil {
		log.Fatal(err)
	}

	models, err := client.SDModels(context.Background())
	fmt.Println(models, err)
	// Output: [PhotoPerfect DreamShaper] <nil>
}

func ExampleError() {
	server := kellytest.Start()
	defer server.Close()
	server.Script(kellytest.Invalid("width", "ensure this value is at most 2048"))
	client, err := kelly.New("my-key", kelly.WithBaseURL(server.URL))
	if err != nil {
		log.Fatal(err)
	}

	_, err = client.Generate(context.Background(), kelly.GenerateRequest{Prompt: "a red fox", Width: 9000})
	if e, ok := errors.AsType[*kelly.Error](err); ok && errors.Is(err, kelly.ErrRefused) {
		for _, field := range e.Fields {
			fmt.Println(field.Field, "-", field.Message)
		}
	}
	// Output: width - ensure this value is at most 2048
}
