// Command check reads a log made by the tlog crate with Go's own implementation
// (golang.org/x/mod/sumdb), which shares no code with it. It fails on the first disagreement.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Case is the file written by the test in go_sumdb.rs.
type Case struct {
	Vkey        string
	Entries     []string
	Checkpoints []string // the signed checkpoint of each size, from 1
	Receipts    []string // the receipt of each entry in the last checkpoint
	Consistency [][]string
}

// open verifies a signed checkpoint and gives the size and the root in it.
func open(signed string, keys note.Verifiers) (int64, tlog.Hash) {
	opened, err := note.Open([]byte(signed), keys)
	if err != nil {
		log.Fatalf("note.Open: %v\n%s", err, signed)
	}
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != opened.Sigs[0].Name {
		log.Fatalf("checkpoint of %q signed by %q", lines[0], opened.Sigs[0].Name)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return size, hash(lines[2])
}

func hash(text string) tlog.Hash {
	parsed, err := tlog.ParseHash(text)
	if err != nil {
		log.Fatal(err)
	}
	return parsed
}

// proof reads the index, the inclusion proof and the checkpoint in a receipt.
func proof(receipt string) (int64, tlog.RecordProof, string) {
	head, signed, _ := strings.Cut(receipt, "\n\n")
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		log.Fatalf("receipt begins with %q", lines[0])
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	var hashes tlog.RecordProof
	for _, line := range lines[2:] {
		hashes = append(hashes, hash(line))
	}
	return index, hashes, signed
}

func main() {
	var c Case
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		log.Fatal(err)
	}
	key, err := note.NewVerifier(c.Vkey)
	if err != nil {
		log.Fatal(err)
	}
	keys := note.VerifierList(key)
	checks := 0

	// The tree of each size, built by Go, has the root that was signed.
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for i, entry := range c.Entries {
		hashes, err := tlog.StoredHashes(int64(i), []byte(entry), reader)
		if err != nil {
			log.Fatal(err)
		}
		stored = append(stored, hashes...)
		size, root := open(c.Checkpoints[i], keys)
		want, err := tlog.TreeHash(int64(i)+1, reader)
		if err != nil || size != int64(i)+1 || root != want {
			log.Fatalf("checkpoint %d: size %d root %v, want %v, %v", i+1, size, root, want, err)
		}
		checks++
	}

	for i, entry := range c.Entries {
		index, hashes, signed := proof(c.Receipts[i])
		size, root := open(signed, keys)
		leaf := tlog.RecordHash([]byte(entry))
		if err := tlog.CheckRecord(hashes, size, root, index, leaf); err != nil {
			log.Fatalf("receipt of entry %d: %v", i, err)
		}
		altered := tlog.RecordHash([]byte(entry + " "))
		if tlog.CheckRecord(hashes, size, root, index, altered) == nil {
			log.Fatalf("receipt of entry %d accepted for another entry", i)
		}
		checks += 2
	}

	last, root := open(c.Checkpoints[len(c.Checkpoints)-1], keys)
	for i, texts := range c.Consistency {
		var hashes tlog.TreeProof
		for _, text := range texts {
			hashes = append(hashes, hash(text))
		}
		size, old := open(c.Checkpoints[i], keys)
		if err := tlog.CheckTree(hashes, last, root, size, old); err != nil {
			log.Fatalf("consistency of %d: %v", size, err)
		}
		old[0] ^= 1
		if tlog.CheckTree(hashes, last, root, size, old) == nil {
			log.Fatalf("consistency of %d accepted for another root", size)
		}
		checks += 2
	}

	forged := strings.Replace(c.Checkpoints[0], "\n1\n", "\n2\n", 1)
	if _, err := note.Open([]byte(forged), keys); err == nil {
		log.Fatal("a checkpoint with another size was accepted")
	}
	fmt.Println(checks+1, "checks agree")
}
