package playground

import "testing"

func TestWhileNothingCanBeWrittenNothingIsReceived(t *testing.T) {
	v := begin(t, "")
	store := v.adapter.store
	const id = "chat"
	inTheWay := id + "/" + chatFile + newFile
	write := func() error { return store.change(id, func(*chat) error { return nil }) }
	for _, name := range []string{id, inTheWay} {
		if err := store.root.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if write() == nil || v.adapter.Receiving() {
		t.Error("it receives what it cannot write down")
	}
	if err := store.root.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil || !v.adapter.Receiving() {
		t.Errorf("it receives nothing though it can write again: %v", err)
	}
}
