// Judges what countersign issues with Go's crypto/x509 and with the SPIFFE library of Go.
//
// Each argument is a directory; it holds roots.pem, chain.pem, key.pem and case.json, perhaps crl.pem and bundle.json. One line of
// JSON is printed for each: the checks that hold, and those that do not.
package main

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spiffe/go-spiffe/v2/bundle/spiffebundle"
	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

type example struct {
	Profile     string `json:"profile"`
	TrustDomain string `json:"trust_domain"`
	Name        string `json:"name"`
}

type report struct {
	Directory string            `json:"directory"`
	Held      []string          `json:"held"`
	Failed    map[string]string `json:"failed"`
}

func (r *report) check(what string, err error) {
	if err == nil {
		r.Held = append(r.Held, what)
	} else {
		r.Failed[what] = err.Error()
	}
}

func blocks(path, kind string) [][]byte {
	rest, _ := os.ReadFile(path)
	var found [][]byte
	for {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			return found
		}
		if block.Type == kind {
			found = append(found, block.Bytes)
		}
	}
}

func certificates(path string) ([]*x509.Certificate, error) {
	var parsed []*x509.Certificate
	for _, der := range blocks(path, "CERTIFICATE") {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, certificate)
	}
	if len(parsed) == 0 {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return parsed, nil
}

func key(path string) (crypto.Signer, error) {
	for _, der := range blocks(path, "PRIVATE KEY") {
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, err
		}
		return parsed.(crypto.Signer), nil
	}
	for _, der := range blocks(path, "EC PRIVATE KEY") {
		return x509.ParseECPrivateKey(der)
	}
	return nil, fmt.Errorf("%s holds no key", path)
}

func chain(r *report, dir string, sample example) ([]*x509.Certificate, []*x509.Certificate) {
	roots, err := certificates(filepath.Join(dir, "roots.pem"))
	r.check("roots", err)
	all, err := certificates(filepath.Join(dir, "chain.pem"))
	r.check("chain", err)
	if len(r.Failed) > 0 {
		return nil, nil
	}
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
	for _, root := range roots {
		options.Roots.AddCert(root)
	}
	for _, above := range all[1:] {
		options.Intermediates.AddCert(above)
	}
	usages := map[string][]x509.ExtKeyUsage{
		"svid":   {x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		"server": {x509.ExtKeyUsageServerAuth},
		"client": {x509.ExtKeyUsageClientAuth},
	}[sample.Profile]
	if usages == nil {
		usages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	}
	for _, usage := range usages {
		options.KeyUsages = []x509.ExtKeyUsage{usage}
		_, err = all[0].Verify(options)
		r.check(fmt.Sprintf("verify %d", usage), err)
	}
	if sample.Name != "" {
		r.check("name", all[0].VerifyHostname(sample.Name))
	}
	return roots, all
}

func pair(r *report, dir string, leaf *x509.Certificate) {
	private, err := key(filepath.Join(dir, "key.pem"))
	r.check("key", err)
	if err == nil {
		public, ok := private.Public().(interface{ Equal(crypto.PublicKey) bool })
		if !ok || !public.Equal(leaf.PublicKey) {
			err = fmt.Errorf("the key is another's")
		}
		r.check("pair", err)
	}
}

func lists(r *report, dir string, issuers []*x509.Certificate) {
	for _, der := range blocks(filepath.Join(dir, "crl.pem"), "X509 CRL") {
		list, err := x509.ParseRevocationList(der)
		r.check("list", err)
		if err != nil {
			continue
		}
		err = fmt.Errorf("no issuer signed the list")
		for _, issuer := range issuers {
			if list.CheckSignatureFrom(issuer) == nil {
				err = nil
			}
		}
		r.check("list's signature", err)
	}
}

func spiffe(r *report, dir string, sample example) {
	domain, err := spiffeid.TrustDomainFromString(sample.TrustDomain)
	r.check("trust domain", err)
	if err != nil {
		return
	}
	bundle, err := spiffebundle.Load(domain, filepath.Join(dir, "bundle.json"))
	r.check("bundle", err)
	svid, failed := x509svid.Load(filepath.Join(dir, "chain.pem"), filepath.Join(dir, "key.pem"))
	r.check("svid", failed)
	if err != nil || failed != nil {
		return
	}
	if _, ok := bundle.SequenceNumber(); !ok {
		r.check("sequence", fmt.Errorf("the bundle has none"))
	}
	source := x509bundle.NewSet(bundle.X509Bundle())
	_, _, err = x509svid.Verify(svid.Certificates, source)
	r.check("svid verified", err)
}

func judge(dir string) report {
	r := report{Directory: filepath.Base(dir), Failed: map[string]string{}}
	var sample example
	text, err := os.ReadFile(filepath.Join(dir, "case.json"))
	if err == nil {
		err = json.Unmarshal(text, &sample)
	}
	r.check("case", err)
	roots, all := chain(&r, dir, sample)
	if all == nil {
		return r
	}
	pair(&r, dir, all[0])
	lists(&r, dir, append(roots, all...))
	if sample.Profile == "svid" {
		spiffe(&r, dir, sample)
	}
	return r
}

func main() {
	for _, dir := range os.Args[1:] {
		line, _ := json.Marshal(judge(dir))
		fmt.Println(string(line))
	}
}
