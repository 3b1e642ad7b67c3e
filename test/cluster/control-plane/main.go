// A Kubernetes API with its controllers, and no node: what a chart's objects become is real, and nothing of it runs. With "kubectl" as its first argument it
// is kubectl.
//
// Takes an empty folder, in which it keeps all it knows and writes "kubeconfig". It listens on loopback alone, prints a line when it is ready, and
// ends with its standard input.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	if len(os.Args) < 2 {
		stopAt(fmt.Errorf("usage: %s <empty folder>, or %[1]s kubectl <words>", os.Args[0]))
	}
	if os.Args[1] == "kubectl" {
		os.Args = os.Args[1:]
		os.Exit(cli.Run(kubectl.NewDefaultKubectlCommand()))
	}
	go endWithInput()
	if os.Args[1] == "controllers" {
		stopAt(control(plane{folder: os.Args[2]}))
	}
	plane := plane{folder: os.Args[1], port: freePort(), etcd: "http://127.0.0.1:" + freePort()}
	for _, step := range []func() error{plane.prepare, plane.keep, plane.serve, plane.startControllers} {
		stopAt(step())
	}
	fmt.Println("ready")
	select {}
}

func endWithInput() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

type plane struct{ folder, port, etcd string }

func (p *plane) at(name string) string { return filepath.Join(p.folder, name) }

// Writes keys, the token of the one who may do all, and how to log in by it.
func (p *plane) prepare() error {
	address := net.ParseIP("127.0.0.1")
	certificate, key, err := cert.GenerateSelfSignedCertKey(address.String(), []net.IP{address}, nil)
	if err != nil {
		return err
	}
	signer, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return err
	}
	token := string(uuid.NewUUID())
	for name, content := range map[string][]byte{
		"tls.crt": certificate, "tls.key": key, "accounts.key": signer,
		"tokens.csv": []byte(token + ",admin,admin,system:masters\n"),
	} {
		if err := os.WriteFile(p.at(name), content, 0o600); err != nil {
			return err
		}
	}
	config := api.NewConfig()
	config.Clusters["tests"] = &api.Cluster{Server: "https://127.0.0.1:" + p.port, CertificateAuthorityData: certificate}
	config.AuthInfos["admin"] = &api.AuthInfo{Token: token}
	config.Contexts["tests"] = &api.Context{Cluster: "tests", AuthInfo: "admin", Namespace: "default"}
	config.CurrentContext = "tests"
	return clientcmd.WriteToFile(*config, p.at("kubeconfig"))
}

func (p *plane) keep() error {
	address, err := url.Parse(p.etcd)
	if err != nil {
		return err
	}
	config := embed.NewConfig()
	config.Dir, config.LogLevel, config.UnsafeNoFsync = p.at("etcd"), "error", true
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*address}, []url.URL{*address}
	// By it etcd reckons how long a request may take: on a busy machine the usual second is too short.
	config.ElectionMs = 5000
	peer := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	config.ListenPeerUrls = []url.URL{peer}
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	<-server.Server.ReadyNotify()
	return nil
}

func (p *plane) serve() error {
	command := apiserver.NewAPIServerCommand()
	command.SetArgs([]string{
		"--etcd-servers=" + p.etcd,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--secure-port=" + p.port,
		"--tls-cert-file=" + p.at("tls.crt"),
		"--tls-private-key-file=" + p.at("tls.key"),
		"--token-auth-file=" + p.at("tokens.csv"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-signing-key-file=" + p.at("accounts.key"),
		"--service-account-key-file=" + p.at("accounts.key"),
		"--service-cluster-ip-range=10.0.0.0/16",
	})
	go func() { stopAt(command.Execute()) }()
	return p.awaitReady()
}

func (p *plane) awaitReady() error {
	config, err := clientcmd.BuildConfigFromFlags("", p.at("kubeconfig"))
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for range 600 {
		if err = client.RESTClient().Get().AbsPath("/readyz").Do(context.Background()).Error(); err == nil {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

// In a process of their own: what Kubernetes' programs log, a process decides once.
func (p *plane) startControllers() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.Command(program, "controllers", p.folder)
	command.Stderr = os.Stderr
	if untilTheEnd, err = command.StdinPipe(); err != nil {
		return err
	}
	return command.Start()
}

// Nobody writes to it: the controllers end when it is closed, as it is when this process ends, and when nothing refers to it.
var untilTheEnd io.Closer

func control(p plane) error {
	command := controllers.NewControllerManagerCommand()
	command.SetArgs([]string{
		"--kubeconfig=" + p.at("kubeconfig"),
		"--service-account-private-key-file=" + p.at("accounts.key"),
		"--leader-elect=false",
		"--secure-port=0",
	})
	return command.Execute()
}

func freePort() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	stopAt(err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	stopAt(err)
	return port
}

func stopAt(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
