;;; dapshim in Emacs 29.1 or newer: put this into init.el.  -*- lexical-binding: t -*-

;; Findings in launch.json, go.mod and Dockerfiles, with quick fixes (M-x eglot-code-actions).
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((js-json-mode json-ts-mode go-mod-ts-mode dockerfile-ts-mode)
                 . ("dapshim" "lsp" :initializationOptions (:workspaceTrust t)))))

;; Debugging with dape: M-x dape RET dapshim.
(with-eval-after-load 'dape
  (add-to-list 'dape-configs
               '(dapshim
                 modes (go-mode go-ts-mode)
                 command "dapshim"
                 command-cwd dape-command-cwd
                 :type "go"
                 :request "launch"
                 :mode "debug"
                 :cwd dape-cwd
                 :program dape-cwd)))
