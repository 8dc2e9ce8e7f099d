// A bundle endpoint and its client, by the SPIFFE library of Go.
//
// `fetch URL DIR` fetches by both profiles, and by a SPIFFE ID that the endpoint does not have; one line a check. `serve DIR` says
// its address and serves DIR/bundle.json until its standard input ends.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/spiffebundle"
	"github.com/spiffe/go-spiffe/v2/federation"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
)

var domain = spiffeid.RequireTrustDomainFromString("acme.example")

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func told(what string, err error) {
	fmt.Printf("%s\t%t\t%v\n", what, err == nil, err)
}

func same(got, want *spiffebundle.Bundle, err error) error {
	if err == nil && !got.Equal(want) {
		return errors.New("another bundle came")
	}
	return err
}

func fetch(url, dir string) {
	bundle, err := spiffebundle.Load(domain, filepath.Join(dir, "bundle.json"))
	must(err)
	context, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	id := spiffeid.RequireFromString("spiffe://acme.example/bundle-endpoint")
	got, err := federation.FetchBundle(context, domain, url, federation.WithSPIFFEAuth(bundle, id))
	told("https_spiffe", same(got, bundle, err))
	root, err := os.ReadFile(filepath.Join(dir, "ca/root.pem"))
	must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(root)
	got, err = federation.FetchBundle(context, domain, url, federation.WithWebPKIRoots(pool))
	told("https_web", same(got, bundle, err))
	other := spiffeid.RequireFromString("spiffe://acme.example/other")
	_, err = federation.FetchBundle(context, domain, url, federation.WithSPIFFEAuth(bundle, other))
	if err == nil {
		told("refused", errors.New("another SPIFFE ID was taken"))
	} else {
		told("refused", nil)
	}
}

func serve(dir string) {
	bundle, err := spiffebundle.Load(domain, filepath.Join(dir, "bundle.json"))
	must(err)
	handler, err := federation.NewHandler(domain, bundle)
	must(err)
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "svid/svid.pem"), filepath.Join(dir, "svid/svid_key.pem"))
	must(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	fmt.Println(listener.Addr())
	server := &http.Server{Handler: handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	must(server.ServeTLS(listener, "", ""))
}

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "fetch":
		fetch(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "serve":
		serve(os.Args[2])
	default:
		must(errors.New("fetch URL DIR, or serve DIR"))
	}
}
