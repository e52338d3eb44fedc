-- dapshim in Neovim 0.11 or newer: put this into init.lua, or into a file that it requires.

-- Findings in launch.json, go.work, go.mod, .dapshim.toml and Dockerfiles, with quick fixes (vim.lsp.buf.code_action()).
vim.lsp.config("dapshim", {
  cmd = { "dapshim", "lsp" },
  filetypes = { "json", "jsonc", "gomod", "gowork", "toml", "dockerfile" },
  root_markers = { { "go.work", ".vscode" }, { "go.mod", ".git" } },
  -- What a quick fix runs (`go work use`), and debug sessions in the server, need a workspace that you trust.
  init_options = { workspaceTrust = true },
})
vim.lsp.enable("dapshim")

-- Debugging with nvim-dap: dapshim starts dlv, finds the sources and says why a breakpoint is not set.
local has_dap, dap = pcall(require, "dap")
if has_dap then
  dap.adapters.go = { type = "executable", command = "dapshim" }
  dap.configurations.go = dap.configurations.go or {
    { type = "go", name = "Debug this package", request = "launch", mode = "debug", program = "${fileDirname}" },
    { type = "go", name = "Test this package", request = "launch", mode = "test", program = "${fileDirname}" },
    { type = "go", name = "Attach to a headless dlv", request = "attach", mode = "remote", host = "127.0.0.1", port = 2345 },
  }
end
