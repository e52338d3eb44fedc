;;; emacs_session.el --- A debug session in a real Emacs, told as JSON lines  -*- lexical-binding: t -*-

;; test_emacs.py runs this with `emacs --batch`; one argument of that command is the JSON of what to do:
;;   init         Lisp that registers a provider and a template `dapshim', as docs/editors.md has it
;;   home         a folder for what Emacs and its packages keep
;;   breakpoints  [{file, line}, ...]; the first of these files is the one from which the session starts
;;   args         arguments of the program
;;   port         where dapshim listens; without one, the `dapshim' of the PATH is started and spoken to on stdio
;;   seconds      how long anything may take
;;
;; Everything is done with the commands that a person has: `dap-breakpoint-add' on a line, `dap-debug', `dap-continue'.
;; What is told is what dap-mode has after its own hooks ran, and where it put the cursor.

(require 'json)
(require 'cl-lib)
(require 'package)

(defvar session--script
  (let ((json-object-type 'plist) (json-array-type 'list) (json-key-type 'keyword))
    (json-read-from-string (pop command-line-args-left)))
  "What the test asks for.")

(defun session--asked (key)
  "Return what the test asks for under KEY."
  (plist-get session--script key))

(setq user-emacs-directory (file-name-as-directory (session--asked :home))
      make-backup-files nil
      create-lockfiles nil)
(package-initialize)
(with-temp-buffer
  (insert (session--asked :init))
  (eval-buffer))

(defvar session--stopped nil "The debug session whose stack frame was shown and that was not yet told.")
(defvar session--hooks 0 "How often dap-mode has called its hook for a stop.")
(defvar session--ended nil "Whether dap-mode has called its hook for the end.")

(defun session--tell (&rest fields)
  "Print FIELDS as one line of JSON."
  (princ (concat (json-encode fields) "\n")))

(defun session--wait (what ready)
  "Let Emacs read from the adapter until READY returns non-nil; name WHAT when that takes too long."
  (let ((end (+ (float-time) (session--asked :seconds))))
    (while (not (funcall ready))
      (when (> (float-time) end)
        (error "After %s s there was neither %s" (session--asked :seconds) what))
      (accept-process-output nil 0.05))))

(defun session--tell-stop ()
  "Tell where the session stands, and the cursor."
  (let ((frame (dap--debug-session-active-frame session--stopped)))
    (session--tell :event "stopped"
                   :hooks session--hooks
                   :reason (gethash (dap--debug-session-thread-id session--stopped)
                                    (dap--debug-session-thread-states session--stopped))
                   :path (dap--get-path-for-frame frame)
                   :line (gethash "line" frame)
                   :function (gethash "name" frame)
                   ;; `dap--go-to-stack-frame' has found the file in the selected window.
                   :buffer (buffer-file-name (window-buffer (selected-window)))
                   :cursor (with-current-buffer (window-buffer (selected-window)) (line-number-at-pos)))))

(add-hook 'dap-stack-frame-changed-hook
          (lambda (session)
            ;; It is called at the end also, without a frame.
            (when (dap--debug-session-active-frame session)
              (setq session--stopped session))))
(add-hook 'dap-stopped-hook (lambda (_) (cl-incf session--hooks)))
;; The hook is called once for the event, and once more for the process that dap-mode has deleted then.
(add-hook 'dap-terminated-hook (lambda (_) (setq session--ended t)))

(dap-mode 1)
(when (session--asked :port)
  (dap-register-debug-provider
   "dapshim" (lambda (arguments) (append arguments (list :host "127.0.0.1" :debugServer (session--asked :port))))))
(dolist (breakpoint (reverse (session--asked :breakpoints)))
  (find-file (plist-get breakpoint :file))
  (goto-char (point-min))
  (forward-line (1- (plist-get breakpoint :line)))
  (dap-breakpoint-add))
(dap-debug (append (cdr (assoc "dapshim" dap-debug-template-configurations)) (list :args (session--asked :args))))

(while (not session--ended)
  (session--wait "a stop nor an end" (lambda () (or session--stopped session--ended)))
  (when (and session--stopped (not session--ended))
    (session--tell-stop)
    (let ((session session--stopped))
      (setq session--stopped nil)
      (dap-continue session (dap--debug-session-thread-id session)))))
(session--tell :event "ended"
               :state (symbol-name (dap--debug-session-state (dap--cur-session)))
               :output (with-current-buffer (dap--debug-session-output-buffer (dap--cur-session)) (buffer-string)))

;;; emacs_session.el ends here
